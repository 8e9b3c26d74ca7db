//! Metrics: declared once, kept by attributes or by hand. A typo in a name or a label does not compile.
//!
//! ```text
//! loaves_total{kind="rye",outcome="ok"} 2
//! loaves_total{kind="rye",outcome="error"} 0
//! loaves_total{kind="wheat",outcome="ok"} 0
//! loaves_total{kind="wheat",outcome="error"} 1
//! oven_temperature_celsius 230
//! ```

use obs::counted;

obs::metrics! {
    /// Loaves that were put into the oven.
    static LOAVES: Counter = "loaves_total" { kind: Kind, outcome: obs::Outcome };
    /// Heat of the oven.
    static OVEN: Gauge = "oven_temperature_celsius";
}

#[derive(obs::Label, Clone, Copy)]
enum Kind {
    Rye,
    Wheat,
}

#[counted(metric = LOAVES, kind = loaf)]
fn bake(loaf: Kind) -> Result<(), String> {
    match loaf {
        Kind::Rye => Ok(()),
        Kind::Wheat => Err("burnt".to_owned()),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let obs = obs::builder().admin_off().log("warn").init()?;
    OVEN.with(OVEN {}).set(230.0);
    let _loaves = [Kind::Rye, Kind::Rye, Kind::Wheat].map(bake);
    let metrics = obs.metrics_text(); // what http://127.0.0.1:9464/metrics shows
    for line in metrics.lines().filter(|l| l.starts_with("loaves") || l.starts_with("oven")) {
        println!("{line}");
    }
    Ok(())
}
