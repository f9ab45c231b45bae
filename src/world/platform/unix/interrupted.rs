//! Something that is done before a signal ends this process.

use rustix::process::{Pid, Signal, kill_process_group};

/// Runs `clear` when Ctrl-C, SIGTERM, SIGHUP or SIGQUIT is to end this process. What `clear` gets
/// lets the signal do what it does by default.
pub fn before_end(clear: fn(&dyn Fn())) {
    let signals = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT].map(Signal::as_raw);
    let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) else {
        return;
    };
    let waiting = move || {
        for signal in signals.forever() {
            clear(&|| {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            });
        }
    };
    // If no thread can be started, the next run removes what is left.
    let _ = std::thread::Builder::new().spawn(waiting);
}

/// Kills the processes of a group; 0 is none.
pub fn kill_group(group: u32) {
    let group = i32::try_from(group).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
}
