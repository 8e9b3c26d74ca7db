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

/// The table's columns: the check, and the question that it alone answers. What is not critical counts where it is named.
const COLUMNS: [(&str, &str); 4] = [
    ("alive", "/livez"),
    ("dependency", "/readyz?exclude=luxury"),
    ("luxury", "/readyz?exclude=dependency"),
    ("started", "/startupz"),
];

/// Has some of the checks say a text, and waits until all of them are in the state that it makes.
fn say(probed: &Probed, columns: &[(&str, &str)], text: &str, state: &str) {
    for (check, _) in columns {
        probed.say(check, text);
    }
    for (check, _) in columns {
        let seen = format!("\"state\":\"{state}\"");
        let json = || probed.ask(&format!("/healthz/{check}?format=json")).1;
        wait_for(&format!("{check}: {seen}"), || json().contains(&seen).then_some(()));
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
        assert_eq!(probed.ask("/startupz").0, 503, "it has not started");
        match state {
            "unknown" => {}
            "a" => {
                say(&probed, &COLUMNS, "ok", "healthy");
                probed.say("shutdown", "");
                wait_for("the end", || probed.ask("/readyz?verbose").1.contains("]shutdown ").then_some(()));
            }
            _ => {
                let (_started, others) = COLUMNS.split_last().unwrap();
                say(&probed, others, "ok", "healthy");
                // What has started is not asked again: its first words are its last.
                let text = [("degraded", "degraded as told"), ("unhealthy", "as told")];
                let text = text.iter().find(|(name, _)| *name == state).map_or("ok", |(_, text)| text);
                say(&probed, &COLUMNS, text, state);
            }
        }
        for ((check, path), cell) in COLUMNS.iter().zip(&row[1..]) {
            assert_eq!(probed.ask(path).0.to_string(), *cell, "{check}: {row:?}");
        }
        if state == "unhealthy" {
            say(&probed, &COLUMNS[3..], "ok", "healthy");
            let runs = probed.runs("started");
            probed.say("started", "as told");
            let others_ran = probed.runs("alive") + 10.0;
            wait_for("many runs of another", || (probed.runs("alive") > others_ran).then_some(()));
            assert_eq!((probed.ask("/startupz").0, probed.runs("started")), (200, runs), "for good");
        }
    }
}

#[test]
fn who_names_a_check_is_told_of_it_critical_or_not() {
    let probed = started();
    let codes = |paths: [&str; 3]| paths.map(|path| probed.ask(path).0);
    let paths = ["/readyz/luxury", "/healthz/luxury", "/readyz"];
    wait_for("its first run", || (codes(paths) == [200; 3]).then_some(()));
    probed.say("luxury", "as told");
    wait_for("the failure", || (codes(paths) == [503, 503, 200]).then_some(()));
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
