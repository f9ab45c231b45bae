//! The user's folders, by the variables of this platform.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::platform::folders::LAYOUT;

/// The variable of the home directory.
pub const HOME: &str = LAYOUT.home;

/// The file of `git config --system`, if every git of this platform has the same.
pub const GIT_SYSTEM: Option<&str> = super::platform::folders::GIT_SYSTEM;

fn absolute(value: String) -> Option<PathBuf> {
    Some(PathBuf::from(value)).filter(|path| path.is_absolute())
}

/// The folder in which specs are stored by name.
#[must_use]
pub fn configuration(variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    // A relative path would depend on the folder in which git or docker runs. The platform's folder
    // does not replace it, because the user did not mean that one.
    match variable("KEYFOB_CONFIG_DIR") {
        Some(named) => absolute(named),
        None => LAYOUT.configuration(variable),
    }
}

/// The folder in which tokens are stored, and whether the user chose it.
#[must_use]
pub fn cache(variable: &dyn Fn(&str) -> Option<String>) -> Option<(PathBuf, bool)> {
    match variable("KEYFOB_CACHE_DIR") {
        Some(named) => absolute(named).map(|folder| (folder, true)),
        None => {
            let exists = |folder: &str| Path::new(folder).is_dir();
            Some((LAYOUT.cache(variable, &exists)?, false))
        }
    }
}

/// The files of a tool that this platform has elsewhere than others. Empty if there are none.
#[must_use]
pub fn tool_files(tool: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    LAYOUT.tool_files(tool, variable)
}

/// Why there is no cache folder.
#[must_use]
pub fn no_cache(variable: &dyn Fn(&str) -> Option<String>) -> String {
    match variable("KEYFOB_CACHE_DIR") {
        None => format!(
            "neither KEYFOB_CACHE_DIR nor {} is set",
            LAYOUT.least_of_cache()
        ),
        Some(_) => "KEYFOB_CACHE_DIR is not an absolute path".to_owned(),
    }
}

/// Why nothing is made in the folder of the tokens that is another user's.
#[must_use]
pub fn anothers_cache() -> String {
    match LAYOUT.least_of_cache() {
        "HOME" => "HOME, or the folder in XDG_RUNTIME_DIR or XDG_CACHE_HOME, is another user's; \
                   nothing is made in it"
            .to_owned(),
        name => format!("the folder in {name} is another user's; nothing is made in it"),
    }
}

/// Why there is no configuration folder.
#[must_use]
pub fn no_configuration(variable: &dyn Fn(&str) -> Option<String>) -> String {
    match variable("KEYFOB_CONFIG_DIR") {
        None => {
            let name = LAYOUT.least_of_configuration();
            format!("neither KEYFOB_CONFIG_DIR nor {name} is set")
        }
        Some(_) => "KEYFOB_CONFIG_DIR is not an absolute path".to_owned(),
    }
}

/// The paths of a variable such as PATH.
pub fn paths_of(list: &str) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(list)
}

/// Paths as one value of a variable such as PATH. `None` if that cannot hold one of them.
#[must_use]
pub fn list_of(paths: &[String]) -> Option<String> {
    let list = std::env::join_paths(paths.iter().map(OsStr::new)).ok()?;
    list.into_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_paths_is_taken_apart_as_it_was_made() {
        let paths = ["a b", "c", "d"].map(str::to_owned);
        let list = list_of(&paths).unwrap();
        assert_eq!(
            paths_of(&list).collect::<Vec<_>>(),
            paths.map(PathBuf::from)
        );
        // What would become two paths, or end a quotation on Windows.
        let separator = list.chars().find(|c| [':', ';'].contains(c)).unwrap();
        let unfit = match separator {
            ';' => "a\"b".to_owned(),
            other => format!("a{other}b"),
        };
        assert_eq!(list_of(&[unfit]), None);
    }

    #[test]
    fn a_message_says_which_variable_is_not_set() {
        let unset = |_: &str| None;
        let least = LAYOUT.least_of_configuration();
        let sentence = format!("neither KEYFOB_CONFIG_DIR nor {least} is set");
        assert_eq!(no_configuration(&unset), sentence);
        let relative = |name: &str| name.starts_with("KEYFOB_").then(|| "here".to_owned());
        for (why, name) in [
            (no_configuration(&relative), "KEYFOB_CONFIG_DIR"),
            (no_cache(&relative), "KEYFOB_CACHE_DIR"),
        ] {
            assert_eq!(why, format!("{name} is not an absolute path"));
        }
        assert_eq!((configuration(&relative), cache(&relative)), (None, None));
    }
}
