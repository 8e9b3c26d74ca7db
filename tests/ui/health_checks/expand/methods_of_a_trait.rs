#[health_checks]
impl Probe<u8> for db::Pool {
    type Limit = u8;

    #[health_check]
    fn probe(&self, limit: State<Self::Limit>) -> obs::Health {
        self.limited(*limit)
    }
}
