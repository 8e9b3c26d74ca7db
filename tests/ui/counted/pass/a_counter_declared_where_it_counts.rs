#![deny(warnings)]
#![warn(clippy::pedantic)]

use std::fmt;

use obs::counted;

#[derive(obs::Label, Clone, Copy)]
pub enum Region {
    Eu,
    Us,
}

pub struct Shown(u8);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {}", self.0)
    }
}

pub struct OnlyText;

impl AsRef<str> for OnlyText {
    fn as_ref(&self) -> &str {
        "text"
    }
}

#[counted(name = "a_total")]
fn no_labels() {}

#[counted(name = "b_total", region: Region = region, paid: bool = 1 + 1 == 2)]
fn typed(region: Region) {}

#[counted(name = "c_total", text = "web", yes = true, number = 7, letter = 'x')]
fn constants() {}

#[counted(name = "d_total", a = dynamic(name), b = dynamic(number + 1, max = 5), max_series = 2000)]
fn dynamic_texts(name: &str, number: u8) {}

#[counted(name = "e_total", a = dynamic(shown, max = 5), b = dynamic(text, max = 5), c = dynamic(owned.clone(), max = 5))]
fn anything_that_is_a_text(shown: Shown, text: OnlyText, owned: String) -> (Shown, OnlyText, String) {
    (shown, text, owned)
}

#[counted(name = "f_total", labels(name = "n", metric: bool = true, count = dynamic(count)), count = ok)]
fn labels_named_like_options(count: usize) {}

#[counted(name = "g_total", kind = "first")]
#[counted(name = "h_total", kind = "second")]
fn two_of_them<T: fmt::Debug>(_: T) {}

struct Shop;

impl Shop {
    #[counted(name = "i_total", region: Region = Region::Eu)]
    async fn method(&self) {}
}

fn main() {
    no_labels();
    typed(Region::Us);
    constants();
    dynamic_texts("name", 7);
    let (shown, ..) = anything_that_is_a_text(Shown(1), OnlyText, String::new());
    assert_eq!(shown.0, 1);
    labels_named_like_options(3);
    two_of_them(1);
    two_of_them("one");
    drop(Shop.method());
}
