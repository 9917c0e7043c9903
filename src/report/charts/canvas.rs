//! The drawing surface: a few shapes on plotters' SVG backend, in logical pixels.

use super::super::ReportError;
use super::super::format;
use super::scale::Scale;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Backend pixels per logical pixel: the backend rounds coordinates to whole pixels, which shows as
/// steps in flat curves; the reader's screen scales the drawing anyway.
const DETAIL: f64 = 4.0;

/// Width of every chart, logical pixels.
pub(super) const WIDTH: f64 = 1280.0;

/// Width of a chart for a phone, logical pixels: about those of its screen, so that type of the same size stays legible.
pub(super) const NARROW: f64 = 400.0;

/// What a drawing wears in the dark: rules for the colors below, for a page and inside each file. Colors stand in the drawing
/// as attributes, which rules override and programs without style sheets show as they are.
pub(in super::super) const DARK: &str = include_str!("../templates/charts.css");

/// Text and lines.
pub(super) const INK: RGBColor = RGBColor(0x1f, 0x29, 0x33);
/// Secondary text.
pub(super) const MUTED: RGBColor = RGBColor(0x5b, 0x67, 0x70);
/// Grid lines.
pub(super) const GRID: RGBColor = RGBColor(0xe3, 0xe7, 0xea);
/// The state of today (Okabe and Ito 2008 gray, darkened for contrast).
pub(super) const NOW: RGBColor = RGBColor(0x9a, 0xa5, 0xae);
/// More, and the plan (Okabe and Ito 2008, blue).
pub(super) const PLAN: RGBColor = RGBColor(0x00, 0x72, 0xb2);
/// Less, and warnings (Okabe and Ito 2008, vermilion).
pub(super) const LESS: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
/// The same for text, darker: vermilion has 3.9:1 on white, small type needs 4.5:1 (WCAG 2.2, 1.4.3).
const LESS_TEXT: RGBColor = RGBColor(0xb3, 0x47, 0x00);

/// A third kind beside more and less (Okabe and Ito 2008, bluish green, darkened for contrast).
pub(super) const THIRD: RGBColor = RGBColor(0x00, 0x7a, 0x59);
/// A fourth (Okabe and Ito 2008, reddish purple, darkened for contrast).
pub(super) const FOURTH: RGBColor = RGBColor(0xa0, 0x52, 0x7f);

/// A drawing in progress.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    chart: &'static str,
}

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

type Drawn = Result<(), ReportError>;

/// A chart's file and the drawing for a phone that stands on the page beside it, each with its layout and its height in logical
/// pixels.
pub(super) fn both<L>(
    chart: &'static str,
    title: &str,
    description: &str,
    [wide, phone]: [(&L, f64); 2],
    draw: impl Fn(&Canvas, &L) -> Drawn,
) -> Result<(String, Option<String>), ReportError> {
    let svg = sheet(chart, title, description, wide.1, |canvas| draw(canvas, wide.0))?;
    let narrow = narrow(chart, title, description, phone.1, |canvas| draw(canvas, phone.0))?;
    Ok((svg, Some(narrow)))
}

/// Draws on a white sheet of `height` logical pixels and returns the finished SVG.
pub(super) fn sheet(
    chart: &'static str,
    title: &str,
    description: &str,
    height: f64,
    draw: impl FnOnce(&Canvas) -> Drawn,
) -> Result<String, ReportError> {
    file(chart, chart, [title, description], (WIDTH, height), draw)
}

/// The same for a phone, for the page alone: [`NARROW`] wide.
pub(super) fn narrow(
    chart: &'static str,
    title: &str,
    description: &str,
    height: f64,
    draw: impl FnOnce(&Canvas) -> Drawn,
) -> Result<String, ReportError> {
    let body = drawn(chart, (NARROW, height), draw)?;
    // both drawings stand on a page, which has each name once
    Ok(accessible(&format!("{chart}-narrow"), [title, description], (NARROW, height), &body))
}

/// As [`sheet`], for a phone: a file of its own, [`NARROW`] wide.
pub(super) fn phone_sheet(
    chart: &'static str,
    text: [&str; 2],
    height: f64,
    draw: impl FnOnce(&Canvas) -> Drawn,
) -> Result<String, ReportError> {
    file(chart, &format!("{chart}-narrow"), text, (NARROW, height), draw)
}

/// A finished file, whose names begin with `id`.
fn file(
    chart: &'static str,
    id: &str,
    text: [&str; 2],
    size: (f64, f64),
    draw: impl FnOnce(&Canvas) -> Drawn,
) -> Result<String, ReportError> {
    let body = drawn(chart, size, draw)?;
    Ok(accessible(id, text, size, &format!("\n<style>{DARK}</style>{body}")))
}

/// A finished file as it stands on a page, which has the rules for the dark itself and lets no others in.
pub(in super::super) fn inlined(svg: &str) -> String {
    svg.replace(&format!("\n<style>{DARK}</style>"), "").replace(" xmlns=\"http://www.w3.org/2000/svg\"", "")
}

/// What is inside the backend's root element, and its end.
fn drawn(
    chart: &'static str,
    (width, height): (f64, f64),
    draw: impl FnOnce(&Canvas) -> Drawn,
) -> Result<String, ReportError> {
    let mut svg = String::new();
    {
        let size = (pixel(width).unsigned_abs(), pixel(height).unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let canvas = Canvas { area, chart };
        canvas.result(canvas.area.fill(&WHITE))?;
        draw(&canvas)?;
        canvas.result(canvas.area.present())?;
    }
    Ok(svg.split_once('>').map_or_else(String::new, |parts| parts.1.to_owned()))
}

/// The backend's root element has a size in pixels and no description; this one scales and has.
fn accessible(id: &str, [title, description]: [&str; 2], (width, height): (f64, f64), body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"100%\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">{}</title>\n\
         <desc id=\"{id}-desc\">{}</desc>{body}",
        pixel(width),
        pixel(height),
        escaped(title),
        escaped(description),
    )
}

fn escaped(text: &str) -> String {
    format::clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Canvas<'_> {
    /// Text of a size in logical pixels, vertically centered on `y`.
    pub(super) fn text(&self, text: &str, at: (f64, f64), size: f64, color: RGBColor, anchor: Anchor) -> Drawn {
        self.styled(text, at, size, color, anchor, FontStyle::Normal)
    }

    /// As [`Canvas::text`], bold.
    pub(super) fn bold(&self, text: &str, at: (f64, f64), size: f64, color: RGBColor, anchor: Anchor) -> Drawn {
        self.styled(text, at, size, color, anchor, FontStyle::Bold)
    }

    fn styled(
        &self,
        text: &str,
        at: (f64, f64),
        size: f64,
        color: RGBColor,
        anchor: Anchor,
        style: FontStyle,
    ) -> Drawn {
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let color = if color == LESS { LESS_TEXT } else { color };
        // the backend writes size / 1.24 as the font size
        let font = ("sans-serif", size * DETAIL * 1.24).into_font().style(style);
        let style = TextStyle::from(font).color(&color).pos(Pos::new(horizontal, VPos::Center));
        self.result(self.area.draw(&Text::new(format::clean(text), point(at), style)))
    }

    /// A line through points; points that are not finite break it.
    pub(super) fn line(&self, points: &[(f64, f64)], color: impl Into<RGBAColor>, width: f64) -> Drawn {
        let style = ShapeStyle { color: color.into(), filled: false, stroke_width: pixel(width).unsigned_abs().max(1) };
        for piece in points.split(|(x, y)| !x.is_finite() || !y.is_finite()).filter(|piece| piece.len() > 1) {
            let piece: Vec<(i32, i32)> = piece.iter().copied().map(point).collect();
            self.result(self.area.draw(&PathElement::new(piece, style)))?;
        }
        Ok(())
    }

    /// A dashed line between two points.
    pub(super) fn dashed(&self, from: (f64, f64), to: (f64, f64), color: RGBColor) -> Drawn {
        const DASH: f64 = 6.0;
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let along = |distance: f64| {
            let share = (distance / length).min(1.0);
            ((to.0 - from.0).mul_add(share, from.0), (to.1 - from.1).mul_add(share, from.1))
        };
        let mut start = 0.0;
        while start < length && length.is_finite() {
            self.line(&[along(start), along(start + DASH)], color, 1.5)?;
            start += 2.0 * DASH;
        }
        Ok(())
    }

    /// A filled shape.
    pub(super) fn shape(&self, points: &[(f64, f64)], color: impl Into<RGBAColor>) -> Drawn {
        if points.len() < 3 || points.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
            return Ok(());
        }
        let points: Vec<(i32, i32)> = points.iter().copied().map(point).collect();
        let color: RGBAColor = color.into();
        self.result(self.area.draw(&Polygon::new(points, color.filled())))
    }

    /// A filled bar between two corners; at least a hair wide, so that a zero is seen.
    pub(super) fn bar(&self, from: (f64, f64), to: (f64, f64), color: RGBColor) -> Drawn {
        let to = (if (to.0 - from.0).abs() < 1.0 { from.0 + 1.0 } else { to.0 }, to.1);
        self.result(self.area.draw(&Rectangle::new([point(from), point(to)], color.filled())))
    }

    /// A filled dot.
    pub(super) fn dot(&self, at: (f64, f64), radius: f64, color: RGBColor) -> Drawn {
        if !at.0.is_finite() || !at.1.is_finite() {
            return Ok(());
        }
        self.result(self.area.draw(&Circle::new(point(at), pixel(radius), color.filled())))
    }

    /// A ring.
    pub(super) fn ring(&self, at: (f64, f64), radius: f64, color: RGBColor) -> Drawn {
        if !at.0.is_finite() || !at.1.is_finite() {
            return Ok(());
        }
        self.dot(at, radius, WHITE)?;
        let style = ShapeStyle { color: color.into(), filled: false, stroke_width: pixel(2.0).unsigned_abs() };
        self.result(self.area.draw(&Circle::new(point(at), pixel(radius), style)))
    }

    /// A diamond, filled.
    pub(super) fn diamond(&self, (x, y): (f64, f64), radius: f64, color: RGBColor) -> Drawn {
        self.shape(&[(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)], color)
    }

    /// Grid, tick labels and axis line along the bottom.
    pub(super) fn x_axis(
        &self,
        scale: &Scale,
        top: f64,
        bottom: f64,
        size: f64,
        label: impl Fn(f64) -> String,
    ) -> Drawn {
        for &tick in &scale.ticks {
            let x = scale.at(tick);
            self.line(&[(x, top), (x, bottom)], GRID, 1.0)?;
            self.text(&label(tick), (x, size.mul_add(1.1, bottom)), size, MUTED, Anchor::Middle)?;
        }
        Ok(())
    }

    /// Grid and tick labels along the left.
    pub(super) fn y_axis(
        &self,
        scale: &Scale,
        left: f64,
        right: f64,
        size: f64,
        label: impl Fn(f64) -> String,
    ) -> Drawn {
        for &tick in &scale.ticks {
            let y = scale.at(tick);
            self.line(&[(left, y), (right, y)], GRID, 1.0)?;
            self.text(&label(tick), (left - 8.0, y), size, MUTED, Anchor::Right)?;
        }
        Ok(())
    }

    fn result<E: std::error::Error + Send + Sync>(&self, drawn: Result<(), DrawingAreaErrorKind<E>>) -> Drawn {
        drawn.map_err(|error| ReportError::Chart { chart: self.chart, message: error.to_string() })
    }
}

fn point((x, y): (f64, f64)) -> (i32, i32) {
    (pixel(x), pixel(y))
}

fn pixel(logical: f64) -> i32 {
    #[allow(clippy::cast_possible_truncation)] // the cast saturates and a sheet is far smaller
    let pixel = (logical * DETAIL).round() as i32;
    pixel
}
