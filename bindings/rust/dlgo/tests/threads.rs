mod common;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{endless, model, ANSWER, QUESTION};
use dlgo::{CancelHandle, Error, GenerateOptions, Model, Session, SessionOptions, StopReason};

fn shared<T: Send + Sync>() {}
fn movable<T: Send>() {}

#[test]
fn what_may_cross_threads() {
    shared::<Model>();
    shared::<CancelHandle>();
    shared::<GenerateOptions>();
    shared::<Error>();
    movable::<Session>();
    movable::<dlgo::Stream<'static>>();
}

#[test]
fn eight_threads_with_a_session_each() {
    let model = model();
    let ask = || {
        let model = model.clone();
        move || model.session().unwrap().chat(QUESTION, &GenerateOptions::greedy()).unwrap().text
    };
    let threads: Vec<_> = (0..8).map(|_| thread::spawn(ask())).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), ANSWER);
    }
}

#[test]
fn eight_threads_with_eight_sessions_each() {
    let model = model();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut sessions: Vec<_> = (0..8).map(|_| model.session_with(&SessionOptions::new().n_ctx(64)).unwrap()).collect();
                for session in &mut sessions {
                    assert_eq!(&*session.chat(QUESTION, &GenerateOptions::greedy().max_tokens(20)).unwrap(), ANSWER);
                }
            });
        }
    });
}

#[test]
fn a_stream_is_the_answer() {
    let mut session = model().session().unwrap();
    let mut stream = session.chat_stream(QUESTION, &GenerateOptions::greedy()).unwrap();
    let pieces: Vec<String> = stream.by_ref().map(Result::unwrap).collect();
    assert!(pieces.len() > 1 && pieces.concat() == ANSWER);
    assert_eq!(stream.stats().unwrap().stop_reason, StopReason::Eos);
    assert!(stream.next().is_none());
    drop(stream);
    let mut stream = session.generate_stream("One", &GenerateOptions::greedy().max_tokens(3).logprobs(2)).unwrap();
    while let Some(piece) = stream.next_piece() {
        assert!(piece.unwrap().top.len() <= 2);
    }
}

#[test]
fn a_stream_dropped_early_ends_the_generation() {
    let mut session = model().session().unwrap();
    for read in [0, 1, 3] {
        let stream = session.generate_stream("One", &endless()).unwrap();
        assert_eq!(stream.take(read).filter(|piece| piece.is_ok()).count(), read);
        assert_eq!(&*session.chat(QUESTION, &GenerateOptions::greedy()).unwrap(), ANSWER);
    }
}

#[test]
fn a_leaked_stream_harms_nobody() {
    let mut session = model().session().unwrap();
    let mut stream = session.generate_stream("One", &endless()).unwrap();
    stream.next().unwrap().unwrap();
    std::mem::forget(stream);
    let busy = session.chat(QUESTION, &GenerateOptions::greedy());
    assert!(matches!(&busy, Err(Error::InvalidArgument(message)) if message.contains("busy")), "{:?}", busy);
    session.cancel_handle().cancel();
    drop(session);
}

#[test]
fn errors_come_out_of_streams() {
    let mut session = model().session().unwrap();
    let mut stream = session.chat_stream(QUESTION, &GenerateOptions::new().grammar("root ::= (")).unwrap();
    assert!(matches!(stream.next(), Some(Err(Error::InvalidArgument(_)))));
    assert!(stream.next().is_none());
}

#[test]
fn cancel_from_another_thread() {
    let mut session = model().session_with(&SessionOptions::new().n_ctx(1 << 14)).unwrap();
    let cancel = session.cancel_handle();
    let (started, start) = mpsc::channel();
    let canceller = {
        let cancel = cancel.clone();
        thread::spawn(move || {
            start.recv().unwrap();
            cancel.cancel();
        })
    };
    let mut started = Some(started);
    let result = session.generate_with("One", &endless(), |_| {
        started.take().map(|started| started.send(()));
        std::ops::ControlFlow::Continue(())
    });
    assert!(matches!(result, Err(Error::Cancelled(_))), "{:?}", result);
    canceller.join().unwrap();
    assert_eq!(&*session.chat(QUESTION, &GenerateOptions::greedy()).unwrap(), ANSWER);

    let mut stream = session.generate_stream("One", &endless()).unwrap();
    stream.next().unwrap().unwrap();
    cancel.cancel();
    assert!(matches!(stream.by_ref().last(), Some(Err(Error::Cancelled(_)))));
    assert_eq!(stream.stats().unwrap().stop_reason, StopReason::Cancel);
    drop(stream);
    drop(session);
    cancel.cancel();
}

#[test]
fn cancelling_while_sessions_are_dropped() {
    let model = model();
    for _ in 0..20 {
        let session = model.session_with(&SessionOptions::new().n_ctx(64)).unwrap();
        let cancel = session.cancel_handle();
        let canceller = thread::spawn(move || (0..1000).for_each(|_| cancel.cancel()));
        thread::sleep(Duration::from_micros(50));
        drop(session);
        canceller.join().unwrap();
    }
}
