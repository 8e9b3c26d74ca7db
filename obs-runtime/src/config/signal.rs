//! Where one signal goes: what the builder was given, what the variables ask for, and what each is called.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::destination::{Destination, FileTo, Printed, To, ZipkinTo};
use super::env::{Env, Origin};
use super::exports::{FileExport, Otlp, Stdout, Zipkin};
use super::names::{Given, refuse_twins};
use super::otlp;
use super::shown::{Address, NONE, Shown};
use super::variables::{self as v, Signals, Variable};
use super::{ConfigError, parse};
use crate::export::Signal;

/// What is known of a signal.
pub(super) struct Kind {
    pub(super) signal: Signal,
    /// The variable that lists its destinations, and what it may list.
    pub(super) exporter: &'static Variable,
    words: &'static [(&'static str, Word)],
    pub(super) otlp: &'static Signals,
    /// The path below an endpoint for every signal.
    pub(super) path: &'static str,
}

/// A destination in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Otlp,
    Zipkin,
    Prometheus,
    Console,
    Json,
}

const OTLP: (&str, Word) = ("otlp", Word::Otlp);
const CONSOLE: (&str, Word) = ("console", Word::Console);
const JSON: (&str, Word) = ("otlp/stdout", Word::Json);

pub(super) const TRACES: Kind = Kind {
    signal: Signal::Traces,
    exporter: &v::OTEL_TRACES_EXPORTER,
    words: &[OTLP, ("zipkin", Word::Zipkin), CONSOLE, JSON],
    otlp: &v::TRACES,
    path: "v1/traces",
};

pub(super) const METRICS: Kind = Kind {
    signal: Signal::Metrics,
    exporter: &v::OTEL_METRICS_EXPORTER,
    words: &[OTLP, ("prometheus", Word::Prometheus), CONSOLE, JSON],
    otlp: &v::METRICS,
    path: "v1/metrics",
};

pub(super) const LOGS: Kind = Kind {
    signal: Signal::Logs,
    exporter: &v::OTEL_LOGS_EXPORTER,
    words: &[OTLP, CONSOLE, JSON],
    otlp: &v::LOGS,
    path: "v1/logs",
};

/// What goes for all signals.
pub(super) struct Common<'a> {
    pub(super) given: &'a Given,
    /// The builder's endpoint for all signals.
    pub(super) endpoint: Option<&'a str>,
    /// The Zipkin collector that the variables name, and how long it has.
    pub(super) zipkin: ZipkinTo,
    /// The file that a variable names, without the signal in its name.
    pub(super) file: Option<FileTo>,
    /// What files have that were given without it.
    pub(super) file_limits: (u64, usize),
}

impl<'a> Common<'a> {
    /// `OTEL_EXPORTER_ZIPKIN_*`, `OBS_FILE`, `OBS_FILE_MAX_BYTES`, `OBS_FILE_MAX_FILES`.
    pub(super) fn read(
        env: &mut Env<'_>,
        given: &'a Given,
        endpoint: Option<&'a str>,
    ) -> Result<Self, ConfigError> {
        let usual = Address("http://localhost:9411/api/v2/spans".to_owned());
        let address = |text: &str| Ok(Address(text.to_owned()));
        let zipkin = ZipkinTo {
            endpoint: env.option(&v::OTEL_EXPORTER_ZIPKIN_ENDPOINT, None, address, usual)?.0,
            timeout: env.option(
                &v::OTEL_EXPORTER_ZIPKIN_TIMEOUT,
                None,
                parse::timeout,
                Duration::from_secs(10),
            )?,
        };
        let path = env.option(&v::OBS_FILE, None, |text| Ok(Some(PathBuf::from(text))), None)?;
        let bytes = parse::positive("a number of bytes");
        let max_bytes = env.option(&v::OBS_FILE_MAX_BYTES, None, bytes, 100 << 20)?;
        let files = parse::positive("a number of files");
        let max_files = env.option(&v::OBS_FILE_MAX_FILES, None, files, 5)?;
        let file = path.map(|path| FileTo { path, max_bytes, max_files });
        Ok(Common { given, endpoint, zipkin, file, file_limits: (max_bytes, max_files) })
    }
}

/// Returns the destinations of a signal. One of a kind that the builder was given wins over the variables' of that kind.
pub(super) fn read(
    env: &mut Env<'_>,
    kind: &Kind,
    common: &Common<'_>,
) -> Result<Vec<Destination>, ConfigError> {
    let words = listed(env, kind);
    let said = otlp::read(env, kind, common.endpoint)?;
    let asked = |word| words.as_ref().is_some_and(|words| words.contains(&word));
    let mut found = Vec::new();
    let given = &common.given.otlp;
    add(
        &mut found,
        given.iter().filter(|(_, o)| o.signals.contains(&kind.signal)),
        "Builder::otlp",
        |otlp: &Otlp| To::Otlp(said.given(otlp, kind)),
    );
    let is_named = said.endpoint.is_some() && (common.endpoint.is_some() || words.is_none());
    if found.is_empty() && (asked(Word::Otlp) || is_named) {
        let (option, to) = said.destination(kind);
        found.push(Destination { option, name: "otlp".to_owned(), to: To::Otlp(to) });
    }
    zipkin(&mut found, kind, common, asked(Word::Zipkin));
    files(&mut found, kind, common);
    for (printed, word) in [(Printed::Json, Word::Json), (Printed::Pretty, Word::Console)] {
        stdout(&mut found, kind, common, (printed, asked(word)));
    }
    for destination in &found {
        refuse(destination)?;
    }
    refuse_twins(kind.signal, &found)?;
    for Destination { option, name, to } in &found {
        let origin = if option.starts_with("Builder::") {
            Origin::Builder(option)
        } else {
            Origin::Environment(option)
        };
        env.note_line(format!("{} to `{}`", kind.signal.as_str(), name.escape_debug()), to.shown(), origin);
    }
    Ok(found)
}

/// Adds what the builder was given of one kind.
fn add<'a, T: 'a>(
    found: &mut Vec<Destination>,
    given: impl Iterator<Item = &'a (String, T)>,
    option: &'static str,
    to: impl Fn(&T) -> To,
) {
    found.extend(given.map(|(name, given)| Destination { option, name: name.clone(), to: to(given) }));
}

fn zipkin(found: &mut Vec<Destination>, kind: &Kind, common: &Common<'_>, asked: bool) {
    if kind.signal != Signal::Traces {
        return;
    }
    let before = found.len();
    add(found, common.given.zipkin.iter(), "Builder::zipkin", |zipkin: &Zipkin| {
        let timeout = zipkin.timeout.unwrap_or(common.zipkin.timeout);
        To::Zipkin(ZipkinTo { endpoint: zipkin.endpoint.clone(), timeout })
    });
    if found.len() == before && asked {
        let (option, to) = (v::OTEL_EXPORTER_ZIPKIN_ENDPOINT.name(), To::Zipkin(common.zipkin.clone()));
        found.push(Destination { option, name: "zipkin".to_owned(), to });
    }
}

fn files(found: &mut Vec<Destination>, kind: &Kind, common: &Common<'_>) {
    let (before, signal) = (found.len(), kind.signal.as_str());
    let given = common.given.files.iter().filter(|(_, file)| file.signals.contains(&kind.signal));
    add(found, given, "Builder::file", |file: &FileExport| {
        let path = if file.signals.len() == 1 { file.path.clone() } else { of_signal(&file.path, signal) };
        let (max_bytes, max_files) = common.file_limits;
        To::File(FileTo {
            path,
            max_bytes: file.max_bytes.unwrap_or(max_bytes),
            max_files: file.max_files.unwrap_or(max_files),
        })
    });
    if found.len() == before
        && let Some(file) = &common.file
    {
        let to = To::File(FileTo { path: of_signal(&file.path, signal), ..file.clone() });
        found.push(Destination { option: v::OBS_FILE.name(), name: "file".to_owned(), to });
    }
}

/// Puts the signal before the extension.
fn of_signal(path: &Path, signal: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".");
    name.push(signal);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn stdout(found: &mut Vec<Destination>, kind: &Kind, common: &Common<'_>, (printed, asked): (Printed, bool)) {
    let is_given = |out: &Stdout| out.printed == printed && out.signals.contains(&kind.signal);
    let option = match common.given.stdout.iter().any(is_given) {
        true => "Builder::stdout",
        false if asked => kind.exporter.name(),
        false => return,
    };
    let name = match printed {
        Printed::Json => "stdout",
        Printed::Pretty => "console",
    };
    found.push(Destination { option, name: name.to_owned(), to: To::Stdout(printed) });
}

/// Returns what the variable lists; `None` where it says nothing. A word that is not known is left out with a warning.
fn listed(env: &mut Env<'_>, kind: &Kind) -> Option<Vec<Word>> {
    let variable = kind.exporter;
    let text = env.text(variable);
    let list = text.as_deref().map(|text| text.split(',').map(str::trim).filter(|w| !w.is_empty()).collect());
    let list: Vec<&str> = list.unwrap_or_default();
    if list.iter().all(|word| word.eq_ignore_ascii_case("none")) && !list.is_empty() {
        env.note(variable, "none".to_owned(), Origin::Environment(variable.name()));
        return Some(Vec::new());
    }
    let mut words = Vec::new();
    for word in list {
        match parse::one_of(kind.words)(word) {
            Ok(known) => words.push(known),
            Err(_) => left_out(env, kind, word),
        }
    }
    let said = (!words.is_empty()).then_some(words);
    let origin = if said.is_some() { Origin::Environment(variable.name()) } else { Origin::Default };
    let shown = |words: &Vec<Word>| {
        let known = kind.words.iter().filter(|(_, word)| words.contains(word));
        known.map(|(text, _)| *text).collect::<Vec<_>>().join(",")
    };
    env.note(variable, said.as_ref().map_or_else(|| NONE.to_owned(), shown), origin);
    said
}

fn left_out(env: &mut Env<'_>, kind: &Kind, word: &str) {
    let (word, variable) = (word.escape_debug(), kind.exporter.name());
    if word.to_string().eq_ignore_ascii_case("none") {
        return env
            .say(format!("`none` in `{variable}` is left out: it stands beside others; write it alone"));
    }
    let words: Vec<&str> = kind.words.iter().map(|(word, _)| *word).chain(["none"]).collect();
    let known = parse::any_of(&words);
    env.say(format!("`{word}` in `{variable}` is left out: it is unknown; write {known}"));
}

/// Refuses what needs a feature that is not there.
fn refuse(destination: &Destination) -> Result<(), ConfigError> {
    let option = destination.option;
    match &destination.to {
        To::Otlp(to) => otlp::refuse(option, to),
        To::Zipkin(to) if otlp::is_https(&to.endpoint) && !cfg!(feature = "tls") => {
            Err(ConfigError { option, problem: otlp::NO_TLS.to_owned() })
        }
        To::File(FileTo { max_bytes: 0, .. }) | To::File(FileTo { max_files: 0, .. }) => {
            let problem = "a file of no bytes, or no file, holds nothing; write numbers from 1 on";
            Err(ConfigError { option, problem: problem.to_owned() })
        }
        _ => Ok(()),
    }
}
