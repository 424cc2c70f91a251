//! Closures as C callbacks.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

/// A closure behind a callback's user_data. A panic stops the call of the library and goes on behind it.
pub(crate) struct Guard<'a, F: ?Sized> {
    callback: &'a mut F,
    panic: Option<Box<dyn Any + Send>>,
}

impl<'a, F: ?Sized> Guard<'a, F> {
    pub fn new(callback: &'a mut F) -> Self {
        Guard { callback, panic: None }
    }

    /// The callback's result: 0 to go on.
    pub fn call(&mut self, run: impl FnOnce(&mut F) -> ControlFlow<()>) -> i32 {
        match catch_unwind(AssertUnwindSafe(|| run(self.callback))) {
            Ok(ControlFlow::Continue(())) => 0,
            Ok(ControlFlow::Break(())) => 1,
            Err(panic) => {
                self.panic = Some(panic);
                1
            }
        }
    }

    /// When the library has returned.
    pub fn resume(self) {
        if let Some(panic) = self.panic {
            resume_unwind(panic);
        }
    }
}
