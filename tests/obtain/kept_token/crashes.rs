//! A process dies before any one of its effects; whoever comes next leaves exactly one token alive, and it is the one that is handed out.

use super::*;

/// How a life begins: nothing yet, or a token whose end is near, with the cache or without.
const BEGINNINGS: [&str; 3] = [
    "nothing",
    "a token near its end",
    "the same, and the cache is gone",
];

fn begin(beginning: &str) -> (Fake, Rc<Datadog>) {
    let (world, datadog) = world();
    if beginning != BEGINNINGS[0] {
        run(&world).unwrap();
        world.pass(DAY - 200);
    }
    if beginning == BEGINNINGS[2] {
        forget(&world);
    }
    (world, datadog)
}

fn obtains(world: &Fake) {
    let _ = run(world);
}

#[track_caller]
fn assert_one(world: &Fake, datadog: &Datadog, what: &str) {
    let token = run(world).unwrap_or_else(|why| panic!("{what}: {why}"));
    assert_eq!(datadog.keys().join(" "), token, "{what}");
    assert_eq!(record(world)["token"], token, "{what}");
    assert_eq!(record(world)["superseded"], json!([]), "{what}");
    assert_eq!(world.entries().len(), 1, "{what}");
}

#[test]
fn one_crash_anywhere_leaves_one_token_alive_and_none_lost() {
    for beginning in BEGINNINGS {
        let mut points = 0;
        loop {
            let (world, datadog) = begin(beginning);
            let Some(()) = dies(&world, points, obtains) else {
                break;
            };
            world.pass(1);
            assert_one(
                &world,
                &datadog,
                &format!("{beginning}: died before effect {points}"),
            );
            points += 1;
        }
        assert!(points >= 4, "{beginning}: {points} places to die at");
    }
}

#[test]
fn two_crashes_anywhere_leave_one_token_alive_and_none_lost() {
    for beginning in BEGINNINGS {
        'first: for first in 0.. {
            for second in 0.. {
                let (world, datadog) = begin(beginning);
                let Some(()) = dies(&world, first, obtains) else {
                    break 'first;
                };
                world.pass(1);
                let Some(()) = dies(&world, second, obtains) else {
                    break;
                };
                world.pass(1);
                assert_one(
                    &world,
                    &datadog,
                    &format!("{beginning}: died before effect {first}, then before {second}"),
                );
            }
        }
    }
}

#[test]
fn a_crash_while_it_is_given_back_leaves_nothing_alive_that_is_not_written_down() {
    for points in 0.. {
        let (world, datadog) = begin(BEGINNINGS[1]);
        let Some(()) = dies(&world, points, |world| give_back(world).unwrap()) else {
            assert!(points >= 4, "{points} places to die at");
            break;
        };
        give_back(&world).unwrap();
        assert_eq!(
            (datadog.keys().len(), record(&world)),
            (0, Value::Null),
            "died before effect {points}"
        );
        assert_one(&world, &datadog, &format!("after effect {points}"));
    }
}

#[test]
fn a_crash_while_it_is_given_back_hands_no_dead_token_out() {
    for points in 0.. {
        let (world, datadog) = begin(BEGINNINGS[0]);
        run(&world).unwrap();
        let Some(()) = dies(&world, points, |world| give_back(world).unwrap()) else {
            break;
        };
        // The cache is dropped last: until then it has a token that may be dead, as after any revocation elsewhere.
        forget(&world);
        assert_one(&world, &datadog, &format!("died before effect {points}"));
    }
}

#[test]
fn after_a_crash_before_the_request_nothing_is_found_and_the_name_is_kept_for_a_while() {
    let (world, datadog) = world();
    dies(&world, 1, obtains).unwrap();
    assert_eq!(
        record(&world)["pending"][0]["name"],
        "keyfob-0101010101010101"
    );
    assert_eq!(record(&world)["token"], Value::Null);
    sent(&world);
    run(&world).unwrap();
    assert_eq!(
        sent(&world),
        [
            "GET …?page%5Bsize%5D=100&filter=keyfob-0101010101010101",
            "POST …"
        ]
    );
    // It could still be under way: it is looked for once more, by the next who asks after ten minutes.
    assert_eq!(record(&world)["pending"].as_array().unwrap().len(), 1);
    world.pass(700);
    forget(&world);
    run(&world).unwrap();
    assert_eq!(record(&world)["pending"], json!([]));
    assert_eq!(datadog.keys(), ["ddsat_1"]);
}

#[test]
fn what_arrives_after_it_was_looked_for_is_found_later() {
    let (world, datadog) = world();
    let held = Rc::new(RefCell::new(String::new()));
    datadog.says_instead(|_, method, _| (method == "POST").then(super::super::world::times_out));
    run(&world).unwrap_err();
    held.replace(world.sent.borrow().2.clone());
    datadog.works_again();
    world.pass(5);
    assert_eq!(run(&world), Ok("ddsat_1".to_owned()));
    datadog.make(&held.borrow()).unwrap();
    assert_eq!(
        datadog.keys(),
        ["ddsat_1", "ddsat_2"],
        "the provider was slow"
    );
    world.pass(DAY - 300);
    assert_eq!(run(&world), Ok("ddsat_3".to_owned()));
    assert_eq!(datadog.keys(), ["ddsat_3"]);
    assert_eq!(record(&world)["pending"], json!([]));
}
