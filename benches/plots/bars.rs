//! Bars from left to right, one below the other, each of one part or of several.

use std::path::Path;

use plotters::{
    prelude::{IntoDrawingArea as _, RGBColor, Rectangle, SVGBackend, Text},
    style::{Color as _, text_anchor::HPos},
};

use crate::{Failure, style};

const ROW: i32 = 22;
const HEAD: i32 = 58;
const LABELS: i32 = 300;
const NOTES: i32 = 185;

pub(crate) struct Bar {
    pub(crate) label: String,
    /// Lengths and colours, from the left.
    pub(crate) parts: Vec<(f64, RGBColor)>,
    /// What stands behind the bar.
    pub(crate) note: String,
}

pub(crate) struct Bars {
    pub(crate) title: String,
    pub(crate) legend: Vec<(&'static str, RGBColor)>,
    /// Groups are set apart a little.
    pub(crate) groups: Vec<Vec<Bar>>,
}

impl Bars {
    pub(crate) fn draw(&self, file: &Path) -> Result<(), Failure> {
        let bars: usize = self.groups.iter().map(Vec::len).sum();
        let gaps = self.groups.len().saturating_sub(1);
        let height = HEAD + ROW * i32::try_from(bars)? + ROW / 2 * i32::try_from(gaps)? + 8;
        let width = i32::try_from(style::WIDTH)?;
        let size = (style::WIDTH, u32::try_from(height)?);
        let area = SVGBackend::new(file, size).into_drawing_area();
        area.draw(&Text::new(
            self.title.clone(),
            (8, 16),
            style::text(15, HPos::Left),
        ))?;
        let mut x = 8;
        for (name, colour) in &self.legend {
            area.draw(&Rectangle::new([(x, 34), (x + 12, 46)], colour.filled()))?;
            area.draw(&Text::new(*name, (x + 18, 41), style::text(12, HPos::Left)))?;
            x += 34 + 7 * i32::try_from(name.len())?;
        }

        let total = |bar: &Bar| bar.parts.iter().map(|(length, _)| length).sum::<f64>();
        let longest = self.groups.iter().flatten().map(total).fold(0.0, f64::max);
        let scale = f64::from(width - LABELS - NOTES) / longest.max(f64::MIN_POSITIVE);
        let mut y = HEAD;
        for group in &self.groups {
            for bar in group {
                let middle = y + ROW / 2;
                let label = style::text(12, HPos::Right);
                area.draw(&Text::new(bar.label.clone(), (LABELS - 8, middle), label))?;
                let mut done = 0.0;
                for (length, colour) in &bar.parts {
                    let left = LABELS + pixels(done * scale);
                    done += length;
                    let right = LABELS + pixels(done * scale);
                    // What is not nothing is to be seen.
                    let right = right.max(left + i32::from(*length > 0.0));
                    let corners = [(left, y + 3), (right, y + ROW - 3)];
                    area.draw(&Rectangle::new(corners, colour.filled()))?;
                }
                let end = LABELS + pixels(done * scale) + 6;
                let note = style::text(12, HPos::Left);
                area.draw(&Text::new(bar.note.clone(), (end, middle), note))?;
                y += ROW;
            }
            y += ROW / 2;
        }
        area.present()?;
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "not above the width")]
fn pixels(length: f64) -> i32 {
    length.round() as i32
}
