//! The cold start against the memory size, as an SVG: both axes logarithmic.

use std::fmt::Write as _;

use crate::report::Results;
use crate::variants::VARIANTS;

const SIZES: [u32; 4] = [128, 256, 512, 1024];
const COLORS: [&str; 7] = ["#0b6e4f", "#2ca58d", "#444444", "#999999", "#b5179e", "#e36414", "#3a0ca3"];

/// The lines that are marked on the axis of time, in milliseconds.
const MARKS: [f64; 5] = [1.0, 10.0, 100.0, 1000.0, 10_000.0];

/// Where a time lies, from top to bottom.
fn y(ms: f64) -> f64 {
    340.0 - 75.0 * ms.max(1.0).log10()
}

/// Where a size lies, from left to right.
fn x(megabytes: u32) -> f64 {
    80.0 + 130.0 * (f64::from(megabytes) / 128.0).log2()
}

/// Every variant that was measured at every size.
pub(crate) fn cold_start(results: &Results) -> String {
    let mut svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 400\" font-family=\"sans-serif\" \
                   font-size=\"12\">\n<rect width=\"640\" height=\"400\" fill=\"white\"/>\n\
                   <text x=\"80\" y=\"22\" font-size=\"14\">Cold start, exec to answer, against memory size</text>\n"
        .to_owned();
    for ms in MARKS {
        let y = y(ms);
        writeln!(svg, "<line x1=\"80\" y1=\"{y}\" x2=\"470\" y2=\"{y}\" stroke=\"#dddddd\"/>").unwrap();
        writeln!(svg, "<text x=\"74\" y=\"{}\" text-anchor=\"end\">{ms} ms</text>", y + 4.0).unwrap();
    }
    for size in SIZES {
        writeln!(svg, "<text x=\"{}\" y=\"362\" text-anchor=\"middle\">{size} MB</text>", x(size)).unwrap();
    }
    for (index, (variant, color)) in VARIANTS.iter().zip(COLORS).enumerate() {
        let median = |size| Some((x(size), y(results.median(variant.name, &format!("cold_start_ms.{size}mb"))?)));
        let Some(points) = SIZES.into_iter().map(median).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>", line.join(" "))
            .unwrap();
        let y = 60 + 20 * index;
        writeln!(svg, "<line x1=\"490\" y1=\"{y}\" x2=\"515\" y2=\"{y}\" stroke=\"{color}\" stroke-width=\"2\"/>")
            .unwrap();
        writeln!(svg, "<text x=\"522\" y=\"{}\">{}</text>", y + 4, variant.name).unwrap();
    }
    svg + "</svg>\n"
}
