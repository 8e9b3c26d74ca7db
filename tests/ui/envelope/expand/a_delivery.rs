struct Delivery<M> {
    #[envelope(inner)]
    message: M,
    #[envelope(message_id)]
    id: String,
}
