//! A query of a database: a client span by OpenTelemetry's conventions ("Semantic conventions for database client spans").
//!
//! ```text
//! price_of ok
//! `- SELECT loaves (client) ok db.system.name=sqlite db.operation.name=SELECT db.collection.name=loaves db.query.text=SELECT cents FROM loaves WHERE kind = ?
//! price_of error error.type=RowNotFound
//! `- SELECT loaves (client) error db.system.name=sqlite db.operation.name=SELECT db.collection.name=loaves db.query.text=SELECT cents FROM loaves WHERE kind = ? error.type=RowNotFound
//! ```
//!
//! Any client will do: nothing here knows which it is. The query's text has placeholders, and the values stay out of the
//! span; put none into the text by `format!`.

use obs::traced;

/// Stands for a client. With sqlx it is `sqlx::SqlitePool`, and `query` is
/// `sqlx::query_scalar(PRICE).bind(kind).fetch_one(database).await`.
struct Database;

#[derive(Debug, obs::ErrorType)]
enum DbError {
    RowNotFound,
}

impl Database {
    async fn query(&self, _text: &str, kind: &str) -> Result<u32, DbError> {
        if kind == "rye" { Ok(420) } else { Err(DbError::RowNotFound) }
    }
}

const PRICE: &str = "SELECT cents FROM loaves WHERE kind = ?";

#[traced(
    client,
    name = "SELECT loaves",
    fields(
        db.system.name = "sqlite",
        db.operation.name = "SELECT",
        db.collection.name = "loaves",
        db.query.text = PRICE,
    )
)]
async fn select_price(database: &Database, kind: &str) -> Result<u32, DbError> {
    database.query(PRICE, kind).await
}

#[traced]
async fn price_of(database: &Database, kind: &str) -> Result<u32, DbError> {
    select_price(database, kind).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    obs::testing::capture_async(async |telemetry| {
        let _known = price_of(&Database, "rye").await;
        let _unknown = price_of(&Database, "stone").await;
        print!("{}", telemetry.tree());
    })
    .await;
}
