#[timed(in_flight)]
unsafe fn read(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}
