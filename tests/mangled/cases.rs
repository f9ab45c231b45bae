//! A seed in broken forms: cut, flipped, doubled, swapped, with foreign bytes in it, and far too long.

use super::random::Random;

/// Bytes that parsers stumble over.
const FOREIGN: &[&[u8]] = &[
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\xae",
    b"\xef\xbb\xbf",
    b"=",
    b"\"",
    b"\\",
    b"%",
    b"#",
    b"{",
    b"]",
    b" ",
    b"9",
    b"-",
];

/// Broken forms of a seed: cut at `places`, foreign bytes and flipped bits at some of them, lines doubled, dropped, swapped and repeated.
pub fn mangled(seed: &[u8], places: usize, random: &mut Random) -> Vec<Vec<u8>> {
    let mut cases = vec![seed.to_vec()];
    let step = seed.len().div_ceil(places).max(1);
    for at in (0..=seed.len()).step_by(step) {
        let (before, after) = seed.split_at(at);
        cases.push(before.to_vec());
        cases.push(after.to_vec());
        let foreign = random.pick(FOREIGN);
        cases.push([before, foreign, after].concat());
    }
    for foreign in FOREIGN {
        for at in [0, random.below(seed.len() + 1), seed.len()] {
            let (before, after) = seed.split_at(at);
            cases.push([before, foreign, after].concat());
        }
    }
    for _ in 0..places.min(8) {
        for bit in 0..8 {
            let mut case = seed.to_vec();
            let at = random.below(seed.len());
            case.iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte ^= 1 << bit);
            cases.push(case);
        }
    }
    for _ in 0..places.min(32) {
        let mut case = seed.to_vec();
        let (a, b) = (random.below(seed.len()), random.below(seed.len()));
        if !case.is_empty() {
            case.swap(a, b);
        }
        cases.push(case);
        let (from, to) = (a.min(b), a.max(b));
        let (before, part, after) = (&seed[..from], &seed[from..to], &seed[to..]);
        cases.push([before, after].concat());
        cases.push([before, part, part, after].concat());
    }
    cases.extend(of_lines(seed, random));
    cases.push(seed.repeat(1000.min(1 + 100_000 / (seed.len() + 1))));
    cases
}

fn of_lines(seed: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = seed.split_inclusive(|byte| *byte == b'\n').collect();
    let mut cases = vec![
        seed.iter()
            .flat_map(|byte| match byte {
                b'\n' => vec![b'\r', b'\n'],
                byte => vec![*byte],
            })
            .collect(),
    ];
    for (at, line) in lines.iter().enumerate().take(40) {
        let (before, after) = (lines[..at].concat(), lines[at + 1..].concat());
        cases.push([&before, *line, line, &after].concat());
        cases.push([&before[..], &after].concat());
        cases.push(
            [
                &before,
                &line.repeat(1000.min(1 + 50_000 / line.len())),
                &after[..],
            ]
            .concat(),
        );
        let mut swapped = lines.clone();
        swapped.swap(at, random.below(lines.len()));
        cases.push(swapped.concat());
    }
    cases
}
