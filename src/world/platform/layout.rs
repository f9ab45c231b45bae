//! Which folders follow from which variables, on each platform.
//!
//! Linux and the BSDs: the XDG Base Directory Specification
//! (<https://specifications.freedesktop.org/basedir-spec/latest/>). Windows: the known folders, by
//! the variables that every process has.
//!
//! macOS: `~/.config` for specs, as git and gh do there, while kubectl and docker have folders of
//! their own in the home directory. None of them uses `~/Library/Application Support`: a person
//! edits these files, and often keeps them with those of a Linux machine. Tokens are another
//! matter: Time Machine copies `~/.cache`, and leaves `~/Library/Caches` out.

use std::path::PathBuf;

/// The variables that name the folders of a platform. Of each list the first counts that is set to
/// an absolute path, with the path below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The variable of the home directory.
    pub home: &'static str,
    configuration: &'static [(&'static str, &'static str)],
    cache: &'static [(&'static str, &'static str)],
    /// Tools that keep a file elsewhere than in the home or in `~/.config`: the tool, a variable
    /// and the path below it.
    tools: &'static [(&'static str, &'static str, &'static str)],
    /// Whether an absolute path begins with a drive or a share.
    has_drives: bool,
}

/// Linux and the BSDs.
pub const XDG: Layout = Layout {
    home: "HOME",
    configuration: &[("XDG_CONFIG_HOME", ""), ("HOME", ".config")],
    cache: &[(RUNTIME, ""), ("XDG_CACHE_HOME", ""), ("HOME", ".cache")],
    tools: &[],
    has_drives: false,
};

/// macOS. A variable of XDG counts where somebody has set it.
pub const MACOS: Layout = Layout {
    cache: &[
        (RUNTIME, ""),
        ("XDG_CACHE_HOME", ""),
        ("HOME", "Library/Caches"),
    ],
    tools: &[("go", "HOME", "Library/Application Support/go/env")],
    ..XDG
};

/// Windows.
pub const WINDOWS: Layout = Layout {
    home: "USERPROFILE",
    configuration: &[("APPDATA", "")],
    cache: &[("LOCALAPPDATA", "")],
    tools: &[
        ("go", "APPDATA", "go/env"),
        ("terraform", "APPDATA", "terraform.rc"),
        ("terraform", "APPDATA", "tofu.rc"),
    ],
    has_drives: true,
};

/// The login session creates this folder. Without one (su, cron, containers), the cache is stored
/// elsewhere.
const RUNTIME: &str = "XDG_RUNTIME_DIR";

type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Layout {
    /// The folder of the specs, and of nothing else.
    #[must_use]
    pub fn configuration(&self, variable: Variable<'_>) -> Option<PathBuf> {
        self.first(self.configuration, variable, &|_| true)
    }

    /// The folder of the tokens. `exists` says whether a folder is there.
    #[must_use]
    pub fn cache(&self, variable: Variable<'_>, exists: &dyn Fn(&str) -> bool) -> Option<PathBuf> {
        self.first(self.cache, variable, exists)
    }

    /// The variable that names the folder of the specs where no other is set.
    #[must_use]
    pub fn least_of_configuration(&self) -> &'static str {
        self.configuration
            .last()
            .map_or(self.home, |(name, _)| name)
    }

    /// The variable that names the folder of the tokens where no other is set.
    #[must_use]
    pub fn least_of_cache(&self) -> &'static str {
        self.cache.last().map_or(self.home, |(name, _)| name)
    }

    /// The files of a tool that this platform has elsewhere than others. Empty if there are none.
    #[must_use]
    pub fn tool_files(&self, tool: &str, variable: Variable<'_>) -> Vec<PathBuf> {
        let own = self.tools.iter().filter(|(name, ..)| *name == tool);
        own.filter_map(|(_, name, path)| {
            let base = variable(name).filter(|path| self.is_absolute(path))?;
            Some(PathBuf::from(base).join(path))
        })
        .collect()
    }

    fn first(
        &self,
        list: &[(&str, &str)],
        variable: Variable<'_>,
        exists: &dyn Fn(&str) -> bool,
    ) -> Option<PathBuf> {
        let mut list = list.iter();
        list.find_map(|(name, below)| {
            let base = variable(name).filter(|path| self.is_absolute(path))?;
            let counts = *name != RUNTIME || exists(&base);
            counts.then(|| PathBuf::from(base).join(below).join("keyfob"))
        })
    }

    /// A relative path would depend on the folder in which git or docker runs. The XDG Base
    /// Directory Specification demands that it is ignored.
    fn is_absolute(&self, path: &str) -> bool {
        let is_separator = |byte: &u8| matches!(byte, b'/' | b'\\');
        match (self.has_drives, path.as_bytes()) {
            (false, path) => path.starts_with(b"/"),
            (true, [b'\\', b'\\', ..]) => true,
            (true, [drive, b':', after, ..]) => drive.is_ascii_alphabetic() && is_separator(after),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folders of specs and tokens, with slashes.
    fn folders(layout: &Layout, variables: &[(&str, &str)]) -> [Option<String>; 2] {
        let variable = |name: &str| {
            let mut variables = variables.iter();
            let (_, value) = variables.find(|(other, _)| *other == name)?;
            Some((*value).to_owned())
        };
        let exists = |folder: &str| folder != "/run/user/gone";
        let both = [
            layout.configuration(&variable),
            layout.cache(&variable, &exists),
        ];
        both.map(|path| Some(path?.to_str()?.replace('\\', "/")))
    }

    #[test]
    fn each_platform_has_its_folders() {
        let home = ("HOME", "/home/u");
        let profile = [
            ("USERPROFILE", r"C:\Users\u"),
            ("APPDATA", r"C:\Users\u\AppData\Roaming"),
            ("LOCALAPPDATA", r"C:\Users\u\AppData\Local"),
        ];
        for (layout, variables, specs, tokens) in [
            (
                XDG,
                &[home][..],
                "/home/u/.config/keyfob",
                "/home/u/.cache/keyfob",
            ),
            (
                XDG,
                &[home, (RUNTIME, "/run/user/7")],
                "/home/u/.config/keyfob",
                "/run/user/7/keyfob",
            ),
            (
                XDG,
                &[home, (RUNTIME, "/run/user/gone"), ("XDG_CACHE_HOME", "/c")],
                "/home/u/.config/keyfob",
                "/c/keyfob",
            ),
            (
                XDG,
                &[("XDG_CONFIG_HOME", "/x"), ("XDG_CACHE_HOME", "/c")],
                "/x/keyfob",
                "/c/keyfob",
            ),
            (
                MACOS,
                &[("HOME", "/Users/u")],
                "/Users/u/.config/keyfob",
                "/Users/u/Library/Caches/keyfob",
            ),
            (
                MACOS,
                &[
                    ("HOME", "/Users/u"),
                    ("XDG_CONFIG_HOME", "/x"),
                    ("XDG_CACHE_HOME", "/c"),
                ],
                "/x/keyfob",
                "/c/keyfob",
            ),
            (
                WINDOWS,
                &profile,
                "C:/Users/u/AppData/Roaming/keyfob",
                "C:/Users/u/AppData/Local/keyfob",
            ),
            (
                WINDOWS,
                &[("APPDATA", r"\\server\u"), ("LOCALAPPDATA", "d:/u"), home],
                "//server/u/keyfob",
                "d:/u/keyfob",
            ),
        ] {
            let found = folders(&layout, variables);
            assert_eq!(
                found,
                [specs, tokens].map(|it| Some(it.to_owned())),
                "{variables:?}"
            );
        }
    }

    #[test]
    fn a_relative_path_and_a_variable_of_another_platform_count_for_nothing() {
        for (layout, variables) in [
            (XDG, &[][..]),
            (
                XDG,
                &[
                    ("HOME", "home"),
                    ("XDG_CACHE_HOME", "./c"),
                    (RUNTIME, "run"),
                ],
            ),
            (XDG, &[("APPDATA", "/a"), ("LOCALAPPDATA", "/l")]),
            (MACOS, &[("HOME", "~"), ("XDG_CONFIG_HOME", "x")]),
            (WINDOWS, &[("HOME", r"C:\u"), ("XDG_CONFIG_HOME", r"C:\x")]),
            (WINDOWS, &[("APPDATA", r"\a"), ("LOCALAPPDATA", r"\l")]),
            (WINDOWS, &[("APPDATA", "C:a"), ("LOCALAPPDATA", "/l")]),
            (WINDOWS, &[("APPDATA", "a"), ("LOCALAPPDATA", "1:/l")]),
        ] {
            assert_eq!(folders(&layout, variables), [None, None], "{variables:?}");
        }
    }

    /// <https://pkg.go.dev/os#UserConfigDir>,
    /// <https://developer.hashicorp.com/terraform/cli/config/config-file>
    #[test]
    fn a_tool_has_its_file_where_the_platform_has_such_files() {
        let variable = |name: &str| match name {
            "APPDATA" => Some(r"C:\a".to_owned()),
            "HOME" => Some("/Users/u".to_owned()),
            _ => None,
        };
        let files = |layout: Layout, tool: &str| -> Vec<String> {
            let files = layout.tool_files(tool, &variable).into_iter();
            let shown = files.map(|path| path.to_str().unwrap().replace('\\', "/"));
            shown.collect()
        };
        assert_eq!(files(WINDOWS, "go"), ["C:/a/go/env"]);
        let terraform = ["C:/a/terraform.rc", "C:/a/tofu.rc"];
        assert_eq!(files(WINDOWS, "terraform"), terraform);
        let go = "/Users/u/Library/Application Support/go/env";
        assert_eq!(files(MACOS, "go"), [go]);
        assert_eq!(files(XDG, "go"), [""; 0]);
        assert_eq!(files(MACOS, "git"), [""; 0]);
    }

    #[test]
    fn a_message_names_the_variable_that_should_be_set() {
        let least = |it: Layout| (it.least_of_configuration(), it.least_of_cache(), it.home);
        assert_eq!(least(XDG), ("HOME", "HOME", "HOME"));
        assert_eq!(least(MACOS), ("HOME", "HOME", "HOME"));
        assert_eq!(least(WINDOWS), ("APPDATA", "LOCALAPPDATA", "USERPROFILE"));
    }
}
