enum PaymentError {
    #[error_type(rename = "declined")]
    Declined,
    #[error_type(rename = "declined")]
    NoFunds { missing: u64 },
    #[error_type(rename = "_OTHER")]
    Unknown,
}
