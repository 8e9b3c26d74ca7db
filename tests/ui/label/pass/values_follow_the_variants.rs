//! Values are the variants' names in snake case, unless something else is said.
#![deny(warnings)]

use obs::LabelValue;

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
    UsEast = 7,
    #[label(rename = "asia-1")]
    Asia,
    r#Static,
    HTTPServer,
}

#[derive(obs::Label, Clone, Copy)]
#[label(rename_all = "SCREAMING_SNAKE_CASE")]
enum Method {
    Get,
    MakeCollection,
}

fn main() {
    assert_eq!(Region::VALUES, ["eu", "us_east", "asia-1", "static", "http_server"]);
    assert_eq!(Method::VALUES, ["GET", "MAKE_COLLECTION"]);
    let all = [Region::Eu, Region::UsEast, Region::Asia, Region::Static, Region::HTTPServer];
    assert_eq!(all.map(LabelValue::index), [0, 1, 2, 3, 4]);
    assert_eq!([Method::Get, Method::MakeCollection].map(LabelValue::index), [0, 1]);
}
