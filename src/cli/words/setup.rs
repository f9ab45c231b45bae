//! The arguments of `keyfob setup`.

use argh::FromArgs;

use crate::command::setup::plan::Options;

/// write a tool's configuration, after showing what changes: exit status 0 if the tool is set up, 1
/// if something is left to do
#[derive(FromArgs)]
#[argh(subcommand, name = "setup", help_triggers("-h", "--help"))]
pub struct SetupWords {
    /// kubectl, git, docker, podman (also skopeo, buildah), go, pnpm, aws, links; lines for others
    #[argh(positional)]
    pub tool: Option<String>,
    /// the spec; else the only one that fits the tool
    #[argh(option)]
    pub spec: Option<String>,
    /// write without a question
    #[argh(switch)]
    pub yes: bool,
    /// only print what would change
    #[argh(switch)]
    pub print: bool,
    /// take out what was put in
    #[argh(switch)]
    pub undo: bool,
    /// kubectl: name of the user (default: that of the spec)
    #[argh(option)]
    pub user: Option<String>,
    /// kubectl: the context that gets the user (default: the one whose cluster the spec lists, else
    /// the only one)
    #[argh(option)]
    pub context: Option<String>,
    /// kubectl: the file (default: as KUBECONFIG says)
    #[argh(option)]
    pub kubeconfig: Option<String>,
    /// kubectl: give the token only to a cluster that the spec lists
    #[argh(switch)]
    pub pin: bool,
    /// git: the user's own configuration (default)
    #[argh(switch)]
    pub global: bool,
    /// git: another configuration file
    #[argh(option)]
    pub file: Option<String>,
    /// docker: the folder of config.json
    #[argh(option)]
    pub config: Option<String>,
    /// aws: the profile (default: the name of the spec)
    #[argh(option)]
    pub profile: Option<String>,
    /// links: the folder (default: that of keyfob)
    #[argh(option)]
    pub dir: Option<String>,
}

impl From<SetupWords> for Options {
    fn from(words: SetupWords) -> Self {
        Self {
            tool: words.tool,
            spec: words.spec,
            yes: words.yes,
            print: words.print,
            undo: words.undo,
            user: words.user,
            context: words.context,
            kubeconfig: words.kubeconfig,
            pin: words.pin,
            global: words.global,
            file: words.file,
            config: words.config,
            profile: words.profile,
            dir: words.dir,
        }
    }
}
