//! Medians, ratios, and how they are told: tables, JSON, and the targets with what was reached.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::variants::{
    BOTO3, BY_ADDRESS, BY_ADDRESS_OVER_S3, FLOOR, GENERATOR, GENERATOR_BEFORE, GETTER, GETTER_BEFORE, GETTER_OVER_S3,
    PUBLISHER, VARIANTS,
};

/// Every value of every round.
#[derive(Default)]
pub(crate) struct Results {
    values: BTreeMap<(&'static str, String), Vec<f64>>,
}

/// What must be reached, as the ratio to another variant or as a value.
struct Target {
    what: &'static str,
    metric: &'static str,
    of: &'static str,
    bound: Bound,
}

enum Bound {
    TimesTheFloor(f64),
    TimesAnother(&'static str, f64),
    TimesLessThanBoto3(f64),
    AtMost(f64),
    AtLeast(f64),
}

const TARGETS: [Target; 25] = [
    target("cold start at 128 MB, to the floor", "cold_start_ms.128mb", GETTER, Bound::TimesTheFloor(1.3)),
    target("cold start at 128 MB, to boto3", "cold_start_ms.128mb", GETTER, Bound::TimesLessThanBoto3(60.0)),
    target(
        "cold start at 128 MB, to the earlier build",
        "cold_start_ms.128mb",
        GETTER,
        Bound::TimesAnother(GETTER_BEFORE, 0.8),
    ),
    target("cold start without limits, to the floor", "cold_start_ms.no_limit", GETTER, Bound::TimesTheFloor(1.4)),
    target("cold start without limits, to boto3", "cold_start_ms.no_limit", GETTER, Bound::TimesLessThanBoto3(45.0)),
    target(
        "cold start without limits, to the earlier build",
        "cold_start_ms.no_limit",
        GETTER,
        Bound::TimesAnother(GETTER_BEFORE, 0.75),
    ),
    target(
        "CPU of init, to the earlier build",
        "init_cpu_ms.no_limit",
        GETTER,
        Bound::TimesAnother(GETTER_BEFORE, 0.6),
    ),
    target(
        "CPU of init alone, to the earlier build",
        "init_cpu_ms.alone",
        GETTER,
        Bound::TimesAnother(GETTER_BEFORE, 0.6),
    ),
    target(
        "CPU of the generator's init alone, to the earlier build",
        "init_cpu_ms.alone",
        GENERATOR,
        Bound::TimesAnother(GENERATOR_BEFORE, 0.6),
    ),
    target(
        "cold start of the publisher at 128 MB, to the getter",
        "cold_start_ms.128mb",
        PUBLISHER,
        Bound::TimesAnother(GETTER, 1.2),
    ),
    target(
        "the same without limits, to the getter",
        "cold_start_ms.no_limit",
        PUBLISHER,
        Bound::TimesAnother(GETTER, 1.2),
    ),
    target("CPU of a warm invoke, to the floor", "warm_cpu_ms.no_limit", GETTER, Bound::TimesTheFloor(4.0)),
    target("CPU of a warm invoke, to boto3", "warm_cpu_ms.no_limit", GETTER, Bound::TimesLessThanBoto3(8.0)),
    target(
        "CPU of a warm invoke, to the earlier build",
        "warm_cpu_ms.no_limit",
        GETTER,
        Bound::TimesAnother(GETTER_BEFORE, 0.9),
    ),
    target(
        "the generator's cold start, to the earlier build",
        "cold_start_ms.no_limit",
        GENERATOR,
        Bound::TimesAnother(GENERATOR_BEFORE, 0.75),
    ),
    target(
        "CPU of the generator's init, to the earlier build",
        "init_cpu_ms.no_limit",
        GENERATOR,
        Bound::TimesAnother(GENERATOR_BEFORE, 0.6),
    ),
    target(
        "CPU of a warm generator, to the earlier build",
        "warm_cpu_ms.no_limit",
        GENERATOR,
        Bound::TimesAnother(GENERATOR_BEFORE, 0.9),
    ),
    target("peak memory of the getter, MB", "max_rss_mb.no_limit", GETTER, Bound::AtMost(6.0)),
    target("peak memory of the generator, MB", "max_rss_mb.no_limit", GENERATOR, Bound::AtMost(9.0)),
    target("peak memory, to boto3", "max_rss_mb.no_limit", GETTER, Bound::TimesLessThanBoto3(5.0)),
    target("zip of the getter, MB", "zip_mb", GETTER, Bound::AtMost(2.1)),
    target("zip of the generator, MB", "zip_mb", GENERATOR, Bound::AtMost(2.35)),
    target("warm by id over S3, to DynamoDB", "warm_p50_ms.128mb", GETTER_OVER_S3, Bound::TimesAnother(GETTER, 1.3)),
    target(
        "warm by address over S3, to DynamoDB",
        "warm_p50_ms.128mb",
        BY_ADDRESS_OVER_S3,
        Bound::TimesAnother(BY_ADDRESS, 1.3),
    ),
    target("default passwords a second", "passwords_per_second", GENERATOR, Bound::AtLeast(1e6)),
];

const fn target(what: &'static str, metric: &'static str, of: &'static str, bound: Bound) -> Target {
    Target { what, metric, of, bound }
}

impl Results {
    pub(crate) fn add(&mut self, variant: &'static str, setting: &str, measured: Vec<(&'static str, f64)>) {
        for (metric, value) in measured {
            let metric = if setting.is_empty() { metric.to_owned() } else { format!("{metric}.{setting}") };
            self.values.entry((variant, metric)).or_default().push(value);
        }
    }

    pub(crate) fn median(&self, variant: &'static str, metric: &str) -> Option<f64> {
        self.values.get(&(variant, metric.to_owned())).map(|values| median(values))
    }

    fn ratio(&self, variant: &'static str, metric: &str, to: &'static str) -> Option<f64> {
        Some(self.median(variant, metric)? / self.median(to, metric)?)
    }

    /// One row for each variant and metric. A ratio is this median over the other's: below 1 is less.
    pub(crate) fn summary(&self) -> String {
        let rows = self.values.keys().map(|(variant, metric)| {
            json!({
                "variant": variant,
                "metric": metric,
                "median": self.median(variant, metric),
                "ratio_to_floor": self.ratio(variant, metric, FLOOR),
                "ratio_to_boto3": self.ratio(variant, metric, BOTO3),
            })
        });
        let rows: Vec<String> = rows.map(|row| row.to_string()).collect();
        format!("[\n{}\n]\n", rows.join(",\n"))
    }

    /// A table of medians for each setting.
    pub(crate) fn tables(&self, rounds: usize) -> String {
        let mut text = format!("medians of {rounds} rounds\n");
        let columns = [
            "init_ms",
            "init_cpu_ms",
            "cold_invoke_ms",
            "cold_start_ms",
            "cold_cpu_ms",
            "warm_p50_ms",
            "warm_cpu_ms",
            "max_rss_mb",
        ];
        for setting in ["no_limit", "128mb"] {
            if self.median(GETTER, &format!("init_ms.{setting}")).is_none() {
                continue;
            }
            let what = if setting == "128mb" {
                "the CPU share of 128 MB; 5 ms for a call, 2 ms for a connection"
            } else {
                "no latency, no limit"
            };
            write!(text, "\n{what}\n\n| |").unwrap();
            for column in columns {
                write!(text, " {} |", column.replace('_', " ")).unwrap();
            }
            writeln!(text, " cold start to floor | boto3 to this |\n|---|{}", "---:|".repeat(columns.len() + 2))
                .unwrap();
            let measured = |name| self.median(name, &format!("init_ms.{setting}")).is_some();
            for variant in VARIANTS.iter().filter(|variant| measured(variant.name)) {
                write!(text, "| {} |", variant.name).unwrap();
                for column in columns {
                    let value = self.median(variant.name, &format!("{column}.{setting}")).unwrap_or(f64::NAN);
                    write!(text, " {value:.2} |").unwrap();
                }
                let metric = format!("cold_start_ms.{setting}");
                let floor = self.ratio(variant.name, &metric, FLOOR).unwrap_or(f64::NAN);
                let boto3 = self.ratio(BOTO3, &metric, variant.name).unwrap_or(f64::NAN);
                writeln!(text, " x {floor:.2} | x {boto3:.1} |").unwrap();
            }
        }
        text.push('\n');
        for variant in &VARIANTS {
            writeln!(text, "{}: {}", variant.name, variant.what).unwrap();
        }
        for variant in VARIANTS.iter().filter(|variant| variant.is_of_the_pair()) {
            if let Some(cpu) = self.median(variant.name, "init_cpu_ms.alone") {
                writeln!(text, "{}: {cpu:.2} ms of CPU to start, without a connection", variant.name).unwrap();
            }
        }
        if let (Some(after), Some(ratio)) =
            (self.median(GETTER, "frozen_ms.no_limit"), self.median(GETTER, "frozen_to_warm.no_limit"))
        {
            writeln!(text, "the getter's first event after a freeze: {after:.1} ms, {ratio:.1} x a warm one").unwrap();
        }
        text
    }

    /// What was to be reached, and what was.
    pub(crate) fn targets(&self) -> String {
        let mut text = "| target | wanted | measured | |\n|---|---|---|---|\n".to_owned();
        for target in &TARGETS {
            let (measured, wanted, reached) = match target.bound {
                Bound::TimesTheFloor(most) => {
                    let ratio = self.ratio(target.of, target.metric, FLOOR);
                    (ratio, format!("at most x {most}"), ratio.is_some_and(|ratio| ratio <= most))
                }
                Bound::TimesAnother(other, most) => {
                    let ratio = self.ratio(target.of, target.metric, other);
                    (ratio, format!("at most x {most}"), ratio.is_some_and(|ratio| ratio <= most))
                }
                Bound::TimesLessThanBoto3(least) => {
                    let ratio = self.ratio(BOTO3, target.metric, target.of);
                    (ratio, format!("at least x {least} less"), ratio.is_some_and(|ratio| ratio >= least))
                }
                Bound::AtMost(most) => {
                    let value = self.median(target.of, target.metric);
                    (value, format!("at most {most}"), value.is_some_and(|value| value <= most))
                }
                Bound::AtLeast(least) => {
                    let value = self.median(target.of, target.metric);
                    (value, format!("at least {least}"), value.is_some_and(|value| value >= least))
                }
            };
            let (measured, word) = match measured {
                None => ("not measured".to_owned(), ""),
                Some(value) => (format!("{value:.2}"), if reached { "reached" } else { "MISSED" }),
            };
            writeln!(text, "| {} | {wanted} | {measured} | {word} |", target.what).unwrap();
        }
        text
    }
}

/// The one in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        let mut results = Results::default();
        results.add(GETTER, "128mb", vec![("cold_start_ms", 30.0)]);
        results.add(FLOOR, "128mb", vec![("cold_start_ms", 20.0)]);
        results.add(BOTO3, "128mb", vec![("cold_start_ms", 3000.0)]);
        let rows: serde_json::Value = serde_json::from_str(&results.summary()).unwrap();
        let row = rows.as_array().unwrap().iter().find(|row| row["variant"] == GETTER).unwrap();
        assert_eq!(row["ratio_to_floor"], 1.5);
        assert_eq!(row["ratio_to_boto3"], 0.01);
        let targets = results.targets();
        assert!(targets.contains("to the floor | at most x 1.3 | 1.50 | MISSED"), "{targets}");
        assert!(targets.contains("to boto3 | at least x 60 less | 100.00 | reached"), "{targets}");
    }
}
