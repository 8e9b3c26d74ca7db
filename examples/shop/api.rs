//! The service `api`: takes orders over HTTP, charges the card and announces the order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use obs::{counted, observed, timed, traced};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::bus::{Bus, Topic};
use crate::orders::{ORDER_TIME, ORDERS, Order, OrderError, OrderForm, OrderPlaced, Receipt};

/// Orders that can be looked up; older ones are forgotten.
const BOOK_SIZE: usize = 1000;

/// What the handlers share.
struct Api {
    bus: Bus,
    next_id: AtomicU64,
    book: Mutex<VecDeque<Order>>,
}

/// Serves the api until the process ends; `first` is the number of the first order.
pub fn start(listener: TcpListener, bus: Bus, first: u64) {
    let api = Arc::new(Api { bus, next_id: AtomicU64::new(first), book: Mutex::default() });
    let routes = Router::new()
        .route("/orders", post(create))
        .route("/orders/{id}", get(find))
        .layer(obs::http::ServerLayer::new().service(obs::service("api")))
        .with_state(api);
    tokio::spawn(async { axum::serve(listener, routes).await });
}

async fn create(State(api): State<Arc<Api>>, Json(form): Json<OrderForm>) -> Result<Response, OrderError> {
    let order = check(&api, form)?;
    let receipt = place_order(&api, &order).await?;
    Ok((StatusCode::CREATED, Json(receipt)).into_response())
}

async fn find(State(api): State<Arc<Api>>, Path(id): Path<u64>) -> Result<Json<Order>, OrderError> {
    api.look_up(id).map(Json)
}

/// Turns a form into an order.
#[observed]
fn check(api: &Api, form: OrderForm) -> Result<Order, OrderError> {
    let region = form.region.parse()?;
    let id = api.next_id.fetch_add(1, Ordering::Relaxed);
    Ok(Order { id, item: form.item, region, card: form.card })
}

/// Takes an order: goods first, then the money, then the workshop.
#[traced(fields(order.id = order.id, order.item = %order.item))]
#[counted(metric = ORDERS, region = order.region)]
#[timed(metric = ORDER_TIME, region = order.region)]
async fn place_order(api: &Api, order: &Order) -> Result<Receipt, OrderError> {
    reserve(order)?;
    charge(order).await?;
    announce(&api.bus, &mut OrderPlaced::new(order.clone())).await?;
    api.remember(order);
    tracing::info!(order.id, "order taken");
    Ok(Receipt { order: order.id })
}

/// Sets the goods aside.
#[observed]
fn reserve(order: &Order) -> Result<(), OrderError> {
    match order.item.as_str() {
        "unicorn" => Err(OrderError::OutOfStock(order.item.clone())),
        _ => Ok(()),
    }
}

/// Charges the card; some banks take their time.
#[observed]
async fn charge(order: &Order) -> Result<(), OrderError> {
    let millis = match order.card.as_str() {
        "slow bank" => 200 + order.id * 37 % 600,
        _ => 4 + order.id * 7 % 20,
    };
    sleep(Duration::from_millis(millis)).await;
    match order.card.as_str() {
        "expired" => Err(OrderError::PaymentDeclined),
        _ => Ok(()),
    }
}

/// Tells the workshop. The message leaves with this span's context in it.
#[traced(producer, envelope = event, destination = "orders.placed")]
async fn announce(bus: &Bus, event: &mut OrderPlaced) -> Result<(), OrderError> {
    bus.publish(Topic::OrdersPlaced, event.order.id, event).await.map_err(|error| {
        tracing::error!(%error, "order not announced");
        OrderError::NotAnnounced
    })
}

impl Api {
    fn remember(&self, order: &Order) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if book.len() == BOOK_SIZE {
            book.pop_front();
        }
        book.push_back(order.clone());
    }

    #[observed]
    fn look_up(&self, id: u64) -> Result<Order, OrderError> {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.iter().find(|order| order.id == id).cloned().ok_or(OrderError::NotFound(id))
    }
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        let status = match self {
            OrderError::UnknownRegion(_) => StatusCode::BAD_REQUEST,
            OrderError::OutOfStock(_) => StatusCode::CONFLICT,
            OrderError::PaymentDeclined => StatusCode::PAYMENT_REQUIRED,
            OrderError::NotAnnounced => StatusCode::SERVICE_UNAVAILABLE,
            OrderError::NotFound(_) => StatusCode::NOT_FOUND,
        };
        (status, self.to_string()).into_response()
    }
}
