//! An error keeps the failure that it was made from, and with it nothing that it does not show.

use std::error::Error as _;
use std::time::Duration;

use keyfob::error::{Cause, Code, Error};
use keyfob::source::{KeyringEntry, KeyringKind, Source};
use keyfob::spec::node::SpecError;
use keyfob::world::files::FileError;
use keyfob::world::keyring::KeyringError;
use keyfob::world::programs::ProgramError;

#[test]
fn every_error_of_a_room_below_is_the_source_of_the_one_at_the_door_and_in_its_sentence() {
    let source = Source::Keyring(KeyringEntry {
        service: "keyfob".to_owned(),
        user: "name".to_owned(),
        store: KeyringKind::Default,
    });
    let failed = FileError::Failed("input/output error".to_owned());
    for error in [
        Error::spec("the spec", &SpecError::new("/targets", "it is no array")),
        Error::spec_file("spec `ci`", &failed),
        Error::secret_file(&source, &FileError::TooLarge),
        Error::keyring("the secret", "name", &KeyringError::Locked),
        Error::program(&source, &ProgramError::TimedOut(Duration::from_secs(3))),
    ] {
        let cause = error.source().expect("there is a cause").to_string();
        assert!(error.sentence.contains(&cause), "{cause}: {error}");
        assert_eq!(
            error.to_string(),
            format!("{} ({})", error.sentence, error.code.as_str())
        );
    }
    let error = Error::new(Code::Usage, "no").caused_by(Cause::File(failed.clone()));
    assert!(error.source().unwrap().downcast_ref() == Some(&failed));
    assert!(Error::new(Code::Usage, "no").source().is_none());
}
