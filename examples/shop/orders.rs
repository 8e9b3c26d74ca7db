//! What the three services talk about: orders, the messages about them, and the metrics of the trade.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::bus::Topic;

obs::metrics! {
    /// Orders that customers asked for.
    pub static ORDERS: Counter = "orders_total" { region: Region, outcome: obs::Outcome };

    /// Time from the order to the receipt.
    pub static ORDER_TIME: Histogram = "order_duration_seconds" { region: Region }
        buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

    /// Builds that the workers finished.
    pub static BUILDS: Counter = "builds_total" { region: Region, outcome: obs::Outcome };

    /// Size of the messages on the bus.
    pub static MESSAGE_SIZE: Histogram = "bus_message_size_bytes" { topic: Topic }
        buckets = [128.0, 192.0, 256.0, 384.0, 512.0];
}

/// Where an order is delivered to.
#[derive(obs::Label, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Region {
    Eu,
    Us,
    Asia,
}

impl FromStr for Region {
    type Err = OrderError;

    fn from_str(name: &str) -> Result<Self, OrderError> {
        match name {
            "eu" => Ok(Region::Eu),
            "us" => Ok(Region::Us),
            "asia" => Ok(Region::Asia),
            other => Err(OrderError::UnknownRegion(other.to_owned())),
        }
    }
}

/// What a customer sends to `POST /orders`.
#[derive(Debug, Serialize, Deserialize)]
pub struct OrderForm {
    pub item: String,
    pub region: String,
    pub card: String,
}

/// An order that makes sense.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    pub id: u64,
    pub item: String,
    pub region: Region,
    #[serde(skip)] // stays in the service that charges it
    pub card: String,
}

/// What a customer gets for an order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Receipt {
    pub order: u64,
}

/// Why there is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderError {
    UnknownRegion(String),
    OutOfStock(String),
    PaymentDeclined,
    NotAnnounced,
    NotFound(u64),
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OrderError::UnknownRegion(name) => write!(f, "no deliveries to `{name}`"),
            OrderError::OutOfStock(item) => write!(f, "no `{item}` in stock"),
            OrderError::PaymentDeclined => f.write_str("the card was declined"),
            OrderError::NotAnnounced => f.write_str("the workshop cannot be told now"),
            OrderError::NotFound(id) => write!(f, "no order {id}"),
        }
    }
}

impl std::error::Error for OrderError {}

/// Says that an order was paid for and may be built.
#[derive(obs::Envelope, Debug, Serialize, Deserialize)]
pub struct OrderPlaced {
    #[envelope(context)]
    #[serde(default)]
    pub context: obs::Propagated,
    pub order: Order,
}

impl OrderPlaced {
    pub fn new(order: Order) -> Self {
        let context = obs::Propagated::default(); // written by the producer's attribute
        OrderPlaced { context, order }
    }
}

/// Says that an order is ready, or why it never will be.
#[derive(obs::Envelope, Debug, Serialize, Deserialize)]
pub struct OrderBuilt {
    #[envelope(context)]
    #[serde(default)]
    pub context: obs::Propagated,
    pub order: Order,
    #[serde(default)]
    pub failure: Option<String>,
}

impl OrderBuilt {
    pub fn new(order: Order, failure: Option<String>) -> Self {
        let context = obs::Propagated::default(); // written by the producer's attribute
        OrderBuilt { context, order, failure }
    }
}
