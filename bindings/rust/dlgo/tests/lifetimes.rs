//! Order of dropping, and memory. A test program of its own: the other tests would disturb the count of memory.

mod common;

use std::any::Any;

use common::{model, ANSWER, QUESTION};
use dlgo::{GenerateOptions, SessionOptions};

fn resident_pages() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn drops_in_any_order_and_flat_memory() {
    any_order();
    flat_memory();
}

fn any_order() {
    const ORDERS: [[usize; 4]; 24] = {
        let (mut orders, mut n, mut code) = ([[0; 4]; 24], 0, 0);
        while code < 256 {
            let order = [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6];
            if 1 << order[0] | 1 << order[1] | 1 << order[2] | 1 << order[3] == 15 {
                orders[n] = order;
                n += 1;
            }
            code += 1;
        }
        orders
    };
    for order in ORDERS {
        let model = model();
        let mut first = model.session_with(&SessionOptions::new().n_ctx(64)).unwrap();
        first.append(&[1]).unwrap();
        let second = model.session_with(&SessionOptions::new().n_ctx(64)).unwrap();
        let cancel = first.cancel_handle();
        let mut things: [Option<Box<dyn Any>>; 4] =
            [Some(Box::new(model)), Some(Box::new(first)), Some(Box::new(second)), Some(Box::new(cancel))];
        for thing in order {
            for session in things.iter_mut().flatten().filter_map(|thing| thing.downcast_mut::<dlgo::Session>()) {
                session.append(&[1]).unwrap();
            }
            things[thing] = None;
        }
    }
    let mut session = model().session().unwrap();
    assert_eq!(&*session.chat(QUESTION, &GenerateOptions::greedy()).unwrap(), ANSWER);
}

fn flat_memory() {
    let model = model();
    let cycle = |i: usize| {
        let mut session = model.session_with(&SessionOptions::new().n_ctx(32)).unwrap();
        let options = GenerateOptions::greedy().max_tokens(2).stop("nothing").logprobs(1);
        if i % 4 == 0 {
            session.generate_stream("One", &options).unwrap().next().unwrap().unwrap();
        } else {
            session.generate("One", &options).unwrap();
        }
        assert!(session.append(&[-1]).is_err());
    };
    (0..100).for_each(cycle);
    let before = resident_pages();
    (0..500).for_each(cycle);
    let grown = resident_pages().saturating_sub(before) * 4096;
    assert!(grown < 2 << 20, "{} bytes more", grown);
}
