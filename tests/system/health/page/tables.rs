//! The page's tables: states, paths, and who may see what.

use std::fs;
use std::process::Command;

use obs_tests::{get_with, scratch_dir, wait_for};

use super::{page, started, started_with};
use crate::health::probed::Probed;

/// Returns what stands in a table under a heading: the rows' cells, without the first two lines.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = page();
    let section = page.split_once(&format!("\n## {heading}\n")).unwrap().1.split_once("\n## ").unwrap().0;
    let rows = section.lines().skip_while(|l| !l.starts_with('|')).take_while(|l| l.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// Returns the words of a cell that are code.
fn code(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The checks of the table's columns, each as it is asked for alone.
const COLUMNS: [&str; 4] = ["/livez/alive", "/readyz/dependency", "/readyz/luxury", "/startupz/started"];

/// Has every check say a text, and waits until all are in the state that it makes.
fn say(probed: &Probed, text: &str, state: &str) {
    for (check, path) in COLUMNS.iter().map(|path| (path.rsplit('/').next().unwrap(), path)) {
        probed.say(check, text);
        let seen = format!("\"state\":\"{state}\"");
        wait_for(&seen, || probed.ask(&format!("{path}?format=json")).1.contains(&seen).then_some(()));
    }
}

#[test]
fn states_and_probes_are_as_the_table_says() {
    let rows = table("States and probes");
    assert_eq!(rows.len(), 5, "{rows:?}");
    for row in &rows {
        let state = row[0].split(' ').next().unwrap();
        let words: &[&str] = if state == "unknown" { &["unprovided"] } else { &[] };
        let mut probed = Probed::start(words, |_| {});
        probed.program().wait_for_word("admin: ");
        assert_eq!(probed.ask("/startupz/started").0, 503, "it has not started");
        match state {
            "unknown" => {}
            "a" => {
                say(&probed, "ok", "healthy");
                probed.say("shutdown", "");
                wait_for("the end", || probed.ask("/readyz?verbose").1.contains("]shutdown ").then_some(()));
            }
            _ => {
                say(&probed, "ok", "healthy"); // all have passed once
                let text = [("degraded", "degraded as told"), ("unhealthy", "as told")];
                let text = text.iter().find(|(name, _)| *name == state).map_or("ok", |(_, text)| text);
                say(&probed, text, state);
            }
        }
        for (path, cell) in COLUMNS.iter().zip(&row[1..]) {
            let code = cell.rsplit(' ').next().unwrap().parse();
            assert_eq!(Ok(probed.ask(path).0), code, "{path}: {row:?}");
        }
    }
}

#[test]
fn every_path_of_the_tables_is_answered() {
    let probed = started();
    let code =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let endpoints = table("Endpoints");
    assert!(endpoints.len() >= 5, "{endpoints:?}");
    for path in endpoints.iter().flat_map(|row| code(&row[0])) {
        assert_eq!(probed.ask(&path).0, 200, "{path}");
    }
    // Its names are other ones: what must be there is, and what is not is not taken for well.
    let selections = table("A part of the checks");
    assert!(selections.len() >= 4, "{selections:?}");
    for query in selections.iter().flat_map(|row| code(&row[0])) {
        let known = query
            .replace("database", "dependency")
            .replace("storage", "switches")
            .replace("external", "file");
        assert_eq!(probed.ask(&known).0, 200, "{known}");
        let unknown = if query.contains("exclude") { 200 } else { 404 };
        assert_eq!(probed.ask(&query).0, unknown, "{query}");
    }
}

#[test]
fn who_may_see_what_is_as_the_table_says() {
    let token = scratch_dir().join("token");
    fs::write(&token, "s3cret\n").unwrap();
    let elsewhere = |command: &mut Command| {
        command.env("OTEL_EXPORTER_PROMETHEUS_HOST", "0.0.0.0");
    };
    let with_token = |command: &mut Command| {
        command.env("OTEL_EXPORTER_PROMETHEUS_HOST", "0.0.0.0").env("OBS_ADMIN_TOKEN_FILE", &token);
    };
    let programs = [started(), started_with(elsewhere), started_with(with_token)];
    let ask = |probed: &Probed, path: &str, token: &str| {
        get_with(&format!("http://{}{path}", probed.admin()), &[("authorization", token)]).unwrap()
    };
    let rows = table("Who may see what");
    assert_eq!(rows.len(), 3, "{rows:?}");
    for row in &rows {
        for (path, (said, probed)) in code(&row[0]).iter().flat_map(|path| {
            let columns = row.iter().skip(1).zip(&programs);
            columns.map(move |column| (path, column))
        }) {
            let refused = [("403", 403), ("401", 401)].iter().find(|(code, _)| said.contains(code));
            let expected = refused.map_or(200, |(_, code)| *code);
            assert_eq!(ask(probed, path, "Bearer wr0ng").0, expected, "{path}: {said}");
            let expected = if expected == 401 { 200 } else { expected };
            assert_eq!(ask(probed, path, "Bearer s3cret").0, expected, "{path}: {said}");
        }
    }
    // Reasons: on loopback for everybody, elsewhere for nobody, with a token for who has it.
    for (probed, sees) in programs.iter().zip([[true, true], [false, false], [false, true]]) {
        probed.say("alive", "degraded as told");
        for (token, sees) in ["Bearer wr0ng", "Bearer s3cret"].into_iter().zip(sees) {
            let line = if sees { "alive degraded: as told" } else { "alive degraded: reason withheld" };
            wait_for(line, || ask(probed, "/livez?verbose", token).1.contains(line).then_some(()));
        }
    }
    fs::remove_dir_all(token.parent().unwrap()).unwrap();
}
