//! Rows under names: as a table, TSV, JSON, YAML or CSV.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// One entry: a text for people, and a value for programs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    text: String,
    value: Value,
}

impl Cell {
    /// The same text for both.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { value: Value::from(text.clone()), text }
    }

    /// A number.
    pub(crate) fn number(number: u64) -> Self {
        Self { text: number.to_string(), value: Value::from(number) }
    }

    /// Another text for people than for programs.
    pub(crate) fn both(text: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { text: text.into(), value: value.into() }
    }
}

/// Rows of a table.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    columns: Vec<&'static str>,
    /// What people read above a column, where that is not the name that programs know.
    headings: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<Cell>>,
}

impl Rows {
    /// No rows yet, under the names that programs know: lower case, words joined by `_`.
    pub(crate) fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), headings: Vec::new(), rows: Vec::new() }
    }

    /// Above this column people read another word.
    pub(crate) fn headed(mut self, column: &'static str, heading: &'static str) -> Self {
        debug_assert!(self.columns.contains(&column));
        self.headings.push((column, heading));
        self
    }

    /// One more; as many cells as there are columns.
    pub(crate) fn push<const N: usize>(&mut self, row: [Cell; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(row.into());
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        let heading =
            |name: &&'static str| self.headings.iter().find(|(column, _)| column == name).map(|(_, heading)| *heading);
        table
            .set_header(self.columns.iter().map(|name| heading(name).unwrap_or(name).replace('_', " ").to_uppercase()));
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| &cell.text));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// Without names, so that `cut` and `while read` meet data alone. What would break a row is escaped.
    pub(super) fn tsv(&self) -> String {
        let escaped =
            |text: &str| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
        let line = |row: &Vec<Cell>| {
            let cells: Vec<_> = row.iter().map(|cell| escaped(&cell.text)).collect();
            format!("{}\n", cells.join("\t"))
        };
        self.rows.iter().map(line).collect()
    }

    pub(super) fn json(&self) -> String {
        format!("{:#}\n", self.objects())
    }

    pub(super) fn yaml(&self) -> Result<String, Failure> {
        if self.is_empty() {
            return Ok("[]\n".to_owned());
        }
        serde_saphyr::to_string(&self.objects()).map_err(|error| Failure::bug("no YAML can be made").because(error))
    }

    pub(super) fn csv(&self) -> Result<String, Failure> {
        let bug = |error: Box<dyn std::error::Error + Send + Sync>| Failure::bug("no CSV can be made").because(error);
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns).map_err(|error| bug(error.into()))?;
        for row in &self.rows {
            writer.write_record(row.iter().map(Cell::plain)).map_err(|error| bug(error.into()))?;
        }
        let bytes = writer.into_inner().map_err(|error| bug(error.to_string().into()))?;
        String::from_utf8(bytes).map_err(|error| bug(error.into()))
    }

    fn objects(&self) -> Value {
        let object = |row: &Vec<Cell>| {
            let pairs = self.columns.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), cell.value.clone()));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        Value::Array(self.rows.iter().map(object).collect())
    }
}

impl Cell {
    /// The value for programs in a format that knows texts alone.
    fn plain(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::new(&["stack", "created_at", "version"]);
        rows.push([Cell::text("shop"), Cell::both("3d", "2026-11-24T00:00:00Z"), Cell::number(12)]);
        rows.push([Cell::text("a\tb\nc\\"), Cell::both("", Value::Null), Cell::number(1)]);
        rows
    }

    #[test]
    fn each_form_carries_every_row() {
        assert_eq!(rows().tsv(), "shop\t3d\t12\na\\tb\\nc\\\\\t\t1\n");
        let json: Value = serde_json::from_str(&rows().json()).unwrap();
        assert_eq!(json[0], serde_json::json!({"stack": "shop", "created_at": "2026-11-24T00:00:00Z", "version": 12}));
        assert_eq!(json[1]["created_at"], Value::Null);
        let csv = rows().csv().unwrap();
        assert!(csv.starts_with("stack,created_at,version\nshop,2026-11-24T00:00:00Z,12\n\"a\tb\nc\\\",,1\n"), "{csv}");
        assert!(rows().yaml().unwrap().contains("created_at: \"2026-11-24T00:00:00Z\""), "{}", rows().yaml().unwrap());
        assert!(rows().table().starts_with("STACK"), "{}", rows().table());
    }

    #[test]
    fn nothing_is_an_empty_list() {
        let none = Rows::new(&["stack"]);
        assert_eq!((none.tsv(), none.json(), none.yaml().unwrap()), (String::new(), "[]\n".into(), "[]\n".into()));
        assert_eq!(none.csv().unwrap(), "stack\n");
    }
}
