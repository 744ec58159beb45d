//! What all figures share. They stand on light pages and on dark ones: no background, and middle
//! tones alone, which keep a contrast of 3 and more to both.

use plotters::{
    prelude::{RGBColor, TextStyle},
    style::{
        IntoFont as _,
        text_anchor::{HPos, Pos, VPos},
    },
};

pub(crate) const WIDTH: u32 = 800;

pub(crate) const GREY: RGBColor = RGBColor(128, 128, 128);
pub(crate) const BLUE: RGBColor = RGBColor(58, 130, 200);
pub(crate) const ORANGE: RGBColor = RGBColor(217, 115, 30);
pub(crate) const GREEN: RGBColor = RGBColor(45, 150, 90);
pub(crate) const PURPLE: RGBColor = RGBColor(150, 100, 200);
pub(crate) const RED: RGBColor = RGBColor(205, 80, 85);
pub(crate) const TEAL: RGBColor = RGBColor(30, 150, 160);
pub(crate) const COLOURS: [RGBColor; 7] = [BLUE, ORANGE, GREEN, PURPLE, RED, TEAL, GREY];

pub(crate) fn text(size: u32, horizontal: HPos) -> TextStyle<'static> {
    // The backend divides by 1.24, for what other backends call the size of a font.
    let font = ("sans-serif", f64::from(size) * 1.24).into_font();
    TextStyle::from(font)
        .color(&GREY)
        .pos(Pos::new(horizontal, VPos::Center))
}

/// A time, given in microseconds.
pub(crate) fn time(microseconds: f64) -> String {
    match microseconds {
        short if short < 1e3 => format!("{short:.0} µs"),
        middle if middle < 1e4 => format!("{:.1} ms", middle / 1e3),
        long => format!("{:.0} ms", long / 1e3),
    }
}

/// A number with three digits that count, and a unit's prefix.
pub(crate) fn short(number: f64) -> String {
    let (scaled, prefix) = match number {
        number if number >= 1e9 => (number / 1e9, " G"),
        number if number >= 1e6 => (number / 1e6, " M"),
        number if number >= 1e4 => (number / 1e3, " k"),
        number => (number, ""),
    };
    let decimals = match scaled {
        scaled if scaled >= 100.0 || scaled.fract() == 0.0 => 0,
        scaled if scaled >= 10.0 => 1,
        _ => 2,
    };
    format!("{scaled:.decimals$}{prefix}")
}
