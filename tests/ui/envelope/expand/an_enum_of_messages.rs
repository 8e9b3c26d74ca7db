enum Event<H> {
    Placed(OrderPlaced),
    Paid {
        #[envelope(context)]
        context: Propagated,
        #[envelope(attempt)]
        attempt: u64,
    },
    Sent(u8, #[envelope(headers)] H),
}
