//! Lines over a logarithmic axis.

use std::path::Path;

use plotters::{
    prelude::{
        ChartBuilder, Circle, IntoDrawingArea as _, IntoLogRange as _, LineSeries, SVGBackend, Text,
    },
    style::{Color as _, text_anchor::HPos},
};

use crate::{Failure, style};

pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

pub(crate) struct Lines {
    pub(crate) title: String,
    pub(crate) x: &'static str,
    /// By which factor places are told on the axis that is always logarithmic.
    pub(crate) x_factor: f64,
    pub(crate) y: &'static str,
    /// How places on the axes are told.
    pub(crate) tell_x: fn(&f64) -> String,
    pub(crate) tell_y: fn(&f64) -> String,
    /// Whether the upright axis begins at 0; otherwise it is logarithmic too.
    pub(crate) from_zero: bool,
    pub(crate) series: Vec<Line>,
}

const HEIGHT: u32 = 400;
/// Of names, right of the lines.
const NAMES: u32 = 190;

impl Lines {
    pub(crate) fn draw(&self, file: &Path) -> Result<(), Failure> {
        let lines: Vec<_> = self
            .series
            .iter()
            .filter(|line| !line.points.is_empty())
            .collect();
        let points = || lines.iter().flat_map(|line| &line.points);
        let range = |of: fn(&(f64, f64)) -> f64| {
            let low = points().map(of).fold(f64::INFINITY, f64::min);
            let high = points().map(of).fold(0.0, f64::max);
            (low, high)
        };
        let (left, right) = range(|point| point.0);
        let (low, high) = range(|point| point.1);
        if left.is_nan() || left <= 0.0 || right <= 0.0 || (low <= 0.0 && !self.from_zero) {
            return Err("has nothing to draw".into());
        }
        let area = SVGBackend::new(file, (style::WIDTH, HEIGHT)).into_drawing_area();
        area.draw(&Text::new(
            self.title.clone(),
            (8, 16),
            style::text(15, HPos::Left),
        ))?;
        let (chart_area, names) = area
            .margin(30, 0, 0, 0)
            .split_horizontally(style::WIDTH - NAMES);
        let mut builder = ChartBuilder::on(&chart_area);
        builder
            .margin(8)
            .x_label_area_size(40)
            .y_label_area_size(64);
        let x = (left..right * 1.05).log_scale().base(self.x_factor);
        // The two kinds of axes are two types.
        macro_rules! chart {
            ($y:expr) => {{
                let mut chart = builder.build_cartesian_2d(x, $y)?;
                chart
                    .configure_mesh()
                    .disable_x_mesh()
                    .bold_line_style(style::GREY.mix(0.3))
                    .light_line_style(style::GREY.mix(0.0))
                    .max_light_lines(1)
                    .axis_style(style::GREY)
                    .x_labels(8)
                    .y_labels(6)
                    .x_desc(self.x)
                    .y_desc(self.y)
                    .label_style(style::text(12, HPos::Center))
                    .axis_desc_style(style::text(12, HPos::Center))
                    .x_label_formatter(&self.tell_x)
                    .y_label_formatter(&self.tell_y)
                    .draw()?;
                for (line, colour) in lines.iter().zip(style::COLOURS.iter().cycle()) {
                    let stroke = colour.stroke_width(2);
                    chart.draw_series(LineSeries::new(line.points.iter().copied(), stroke))?;
                    let dot = |point: &(f64, f64)| Circle::new(*point, 3, colour.filled());
                    chart.draw_series(line.points.iter().map(dot))?;
                }
                let ends: Vec<_> = lines.iter().filter_map(|line| line.points.last()).collect();
                ends.into_iter()
                    .map(|end| chart.backend_coord(end).1)
                    .collect::<Vec<i32>>()
            }};
        }
        let ends = if self.from_zero {
            chart!(0.0..high * 1.1)
        } else {
            chart!((low / 1.3..high * 1.3).log_scale())
        };
        // The name stands where its line ends, or as near as its neighbours leave room.
        let mut order: Vec<usize> = (0..ends.len()).collect();
        order.sort_by_key(|&index| ends[index]);
        let (_, top) = names.get_base_pixel();
        let mut free = i32::MIN;
        for index in order {
            let y = (ends[index] - top).max(free);
            free = y + 16;
            let colour = style::COLOURS[index % style::COLOURS.len()];
            let name = style::text(12, HPos::Left).color(&colour);
            names.draw(&Text::new(lines[index].name.clone(), (4, y), name))?;
        }
        area.present()?;
        Ok(())
    }
}
