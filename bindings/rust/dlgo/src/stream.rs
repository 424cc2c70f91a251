//! Answers as iterators.

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::answer::{Piece, Stats};
use crate::error::{Error, Result};
use crate::generate::Job;
use crate::session::{Handle, Session};

/// A stream that nobody reads pauses here.
const WAITING_PIECES: usize = 256;
/// A cancel before the call began has no effect: repeat it.
const CANCEL_INTERVAL: Duration = Duration::from_millis(5);

enum Event {
    Piece(Piece),
    End(Result<()>, Stats),
}

/// An answer as it is made: an iterator of its text. Dropping it ends the generation.
pub struct Stream<'s> {
    events: Option<Receiver<Event>>,
    thread: Option<JoinHandle<()>>,
    /// Disconnected when the thread ends.
    running: Receiver<()>,
    // The thread owns the session too, so that a stream that is leaked harms nobody.
    session: Arc<Handle>,
    stats: Option<Stats>,
    borrow: PhantomData<&'s mut Session>,
}

impl<'s> Stream<'s> {
    pub(crate) fn new(session: &Arc<Handle>, job: Job) -> Result<Stream<'s>> {
        let (sender, events) = mpsc::sync_channel(WAITING_PIECES);
        let (alive, running) = mpsc::sync_channel::<()>(0);
        let work = move || {
            let (result, stats) = job.run(&mut |token| match sender.send(Event::Piece(token.clone().into_owned())) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            });
            let _ = sender.send(Event::End(result, stats));
            drop(job);
            drop(alive);
        };
        let thread = thread::Builder::new().name("dlgo-stream".into()).spawn(work);
        let thread = thread.map_err(|error| Error::OutOfMemory(format!("no thread for the stream: {}", error)))?;
        Ok(Stream { events: Some(events), thread: Some(thread), running, session: session.clone(), stats: None, borrow: PhantomData })
    }

    /// The next piece with its token and, if they were asked for, log probabilities.
    pub fn next_piece(&mut self) -> Option<Result<Piece>> {
        match self.events.as_ref()?.recv() {
            Ok(Event::Piece(piece)) => Some(Ok(piece)),
            Ok(Event::End(result, stats)) => {
                self.stats = Some(stats);
                self.finish();
                result.err().map(Err)
            }
            Err(_) => {
                self.finish();
                Some(Err(Error::Internal("the thread of the stream ended".into())))
            }
        }
    }

    /// Counts and times, once the generation has ended.
    pub fn stats(&self) -> Option<&Stats> {
        self.stats.as_ref()
    }

    fn finish(&mut self) {
        self.events = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Iterator for Stream<'_> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        self.next_piece().map(|piece| piece.map(|piece| piece.text.into_owned()))
    }
}

impl FusedIterator for Stream<'_> {}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        self.events = None;
        while self.thread.is_some() {
            self.session.cancel();
            if self.running.recv_timeout(CANCEL_INTERVAL) == Err(RecvTimeoutError::Disconnected) {
                self.finish();
            }
        }
    }
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("ended", &self.stats.is_some()).finish()
    }
}
