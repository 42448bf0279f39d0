//! A bar on stderr, only where somebody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far something is. It goes away when it is dropped, and never stays in what is printed.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(what: &'static str, total: Option<u64>, stderr_is_terminal: bool) -> Self {
        let target = if stderr_is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target).with_message(what);
        let template = match total {
            Some(_) => "{msg} [{bar:30}] {pos}/{len}",
            None => "{msg} {spinner} {pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// So many are done.
    pub(crate) fn at(&self, position: usize) {
        self.0.set_position(position as u64);
    }

    /// One more is done.
    pub(crate) fn one(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
