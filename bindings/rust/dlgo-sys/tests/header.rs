//! Functions and constants, against dlgo.h itself.

use std::collections::BTreeMap;
use std::path::Path;

const CONSTANTS: &str = include_str!("../src/constants.rs");
const FUNCTIONS: &str = include_str!("../src/functions.rs");

fn header() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("source/include/dlgo.h")).unwrap()
}

fn identifier(text: &str) -> &str {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap()
}

#[test]
fn every_constant_has_its_value() {
    let header = header();
    let defines = header.lines().filter_map(|line| line.strip_prefix("#define DLGO_")).filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?;
        let value: i64 = words.next()?.trim_matches(|c| c == '(' || c == ')' || c == 'u').parse().ok()?;
        Some((name.to_string(), value))
    });
    let consts = CONSTANTS.lines().filter_map(|line| line.strip_prefix("pub const DLGO_")).map(|line| {
        let value = line.split("= ").nth(1).unwrap().trim_end_matches(';');
        (identifier(line).to_string(), value.parse().unwrap())
    });
    assert_eq!(consts.collect::<BTreeMap<_, i64>>(), defines.collect());
}

#[test]
fn every_function_with_its_parameters() {
    let header = header();
    // "name" -> parameter names
    let parameters = |declaration: &str, c: bool| -> (String, Vec<String>) {
        let name = identifier(declaration).to_string();
        let open = declaration.find('(').unwrap();
        let inside = &declaration[open + 1..declaration.find(')').unwrap()];
        let names = inside.split(',').map(str::trim).filter(|p| !p.is_empty() && *p != "void");
        let name_of = |p: &str| match c {
            true => p.rsplit(|c: char| c.is_whitespace() || c == '*').next().unwrap().to_string(),
            false => identifier(p).to_string(),
        };
        (name, names.map(name_of).collect())
    };
    let declared = header.split("\nDLGO_API ").skip(1).map(|text| {
        let text = &text[..text.find(';').unwrap()];
        parameters(&text[text.find("dlgo_").map(|at| if text.starts_with("dlgo_status ") { at + 12 } else { at }).unwrap()..], true)
    });
    let ours = FUNCTIONS.split("pub fn ").skip(1).map(|text| parameters(text, false));
    assert_eq!(ours.collect::<BTreeMap<_, _>>(), declared.collect());
}
