//! Rules, and which one a result breaks.

use std::collections::HashMap;

use devos_contracts::ci::LintLevel;

use super::log::{Component, Kind, Message, Outcome, Rule, Tool, whole};

/// Parts of an id that may name a case of a rule.
const PARTS: usize = 8;

/// The rules of a run: the tool's own and its plug-ins'.
pub(super) struct Rules<'a> {
    driver: Option<&'a Component>,
    extensions: &'a [Component],
    by_id: HashMap<&'a str, &'a Rule>,
}

/// What a result says of its rule, with the rule where the log describes it.
pub(super) struct Broken<'a> {
    pub(super) id: &'a str,
    pub(super) rule: Option<&'a Rule>,
}

impl<'a> Rules<'a> {
    pub(super) fn of(tool: Option<&'a Tool>) -> Self {
        let driver = tool.and_then(|tool| tool.driver.as_ref());
        let extensions = tool.and_then(|tool| tool.extensions.as_ref()).map_or(&[][..], |list| &list.items);
        let mut by_id = HashMap::new();
        for rule in driver.into_iter().chain(extensions).flat_map(list) {
            if let Some(id) = rule.id.as_deref() {
                by_id.entry(id).or_insert(rule);
            }
        }
        Self { driver, extensions, by_id }
    }

    pub(super) fn tool(&self) -> &'a str {
        self.driver.and_then(|driver| driver.name.as_deref()).unwrap_or_default()
    }

    /// The rule by its index, or else by its id, of which a part may name a case of the rule (`CA1000/1`).
    pub(super) fn of_result<'r>(&self, result: &'r Outcome) -> Broken<'r>
    where
        'a: 'r,
    {
        let reference = result.rule.as_deref();
        let said = result.rule_id.as_deref().or_else(|| reference.and_then(|reference| reference.id.as_deref()));
        let index = result.rule_index.as_ref().or_else(|| reference.and_then(|reference| reference.index.as_ref()));
        let component = match reference.and_then(|reference| reference.tool_component.as_ref()) {
            None => self.driver,
            Some(named) => match whole::<usize>(named.index.as_ref()) {
                Some(index) => self.extensions.get(index),
                None => self.component(named.name.as_deref()),
            },
        };
        let rule: Option<&'a Rule> = whole::<usize>(index)
            .and_then(|index| component.and_then(|component| list(component).get(index)))
            .or_else(|| said.and_then(|id| self.by_id(id)));
        let id = said.or_else(|| rule.and_then(|rule| rule.id.as_deref())).unwrap_or_default();
        Broken { id, rule }
    }

    /// A message that the tool shares between its rules.
    pub(super) fn shared_message(&self, id: &str) -> Option<&'a Message> {
        self.driver?.global_message_strings.as_ref()?.get(id)?.as_ref()
    }

    fn component(&self, name: Option<&str>) -> Option<&'a Component> {
        let name = name?;
        self.driver.into_iter().chain(self.extensions).find(|component| component.name.as_deref() == Some(name))
    }

    fn by_id(&self, id: &str) -> Option<&'a Rule> {
        let mut part = id;
        for _ in 0..PARTS {
            if let Some(rule) = self.by_id.get(part) {
                return Some(rule);
            }
            part = part.rsplit_once('/')?.0;
        }
        None
    }
}

impl Broken<'_> {
    /// What the result says, else the rule's default, else the standard's: a result that is no failure has no level.
    pub(super) fn level(&self, result: &Outcome) -> LintLevel {
        if let Some(level) = result.level {
            return level.into();
        }
        if !matches!(result.kind, None | Some(Kind::Fail)) {
            return LintLevel::None;
        }
        let default = self.rule.and_then(|rule| rule.default_configuration.as_ref());
        default.and_then(|default| default.level).map_or(LintLevel::Warning, Into::into)
    }
}

fn list(component: &Component) -> &[Rule] {
    component.rules.as_ref().map_or(&[][..], |list| &list.items)
}
