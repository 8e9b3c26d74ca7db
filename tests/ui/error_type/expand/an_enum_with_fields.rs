enum OrderError<T: Copy> {
    OutOfStock { item: T },
    #[error_type(rename = "payment")]
    Payment(String),
    Closed,
}
