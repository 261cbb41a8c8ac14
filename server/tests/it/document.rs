//! The OpenAPI document.

use serde_json::Value;

/// One operation of the document.
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub described: Value,
}

impl Operation {
    /// The status of success; each operation has one.
    pub fn success(&self) -> u16 {
        let responses = self.described["responses"].as_object().unwrap();
        let mut statuses = responses.keys().filter_map(|status| status.parse::<u16>().ok());
        let status = statuses.next().unwrap_or_else(|| panic!("{} has no success", self.id));
        assert_eq!(statuses.next(), None, "{} has several", self.id);
        status
    }
}

/// Every operation of the document, by path and method.
pub fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(devos_server::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            let id = described["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            operations.push(Operation {
                id: id.to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                described: described.clone(),
            });
        }
    }
    operations.sort_by(|one, other| (&one.path, &one.method).cmp(&(&other.path, &other.method)));
    operations
}

#[test]
fn the_operations_are_these() {
    let lines: Vec<String> = operations()
        .iter()
        .map(|operation| format!("{:<6} {} {}", operation.method, operation.path, operation.id))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_operation_is_described() {
    for Operation { id, described, .. } in operations() {
        let text = |name: &str| described[name].as_str().unwrap_or_default().to_owned();
        assert!(!text("summary").is_empty(), "{id} has no summary");
        let tags = described["tags"].as_array().unwrap_or_else(|| panic!("{id} has no tag"));
        assert_eq!(tags.len(), 1, "{id}");
        let problem = &described["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{id} does not say how it fails");
        assert!(described["security"].is_array(), "{id} does not say who may call it");
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["name"].is_string() && parameter["schema"].is_object(), "{id}: {parameter}");
        }
    }
}

#[test]
fn every_path_parameter_is_described() {
    for Operation { id, path, described, .. } in operations() {
        let named = path.split(['{', '}']).skip(1).step_by(2);
        let parameters = described["parameters"].as_array().cloned().unwrap_or_default();
        let known: Vec<_> =
            parameters.iter().filter(|known| known["in"] == "path").map(|known| &known["name"]).collect();
        assert_eq!(known, named.collect::<Vec<_>>(), "{id}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = serde_json::to_value(devos_server::openapi()).unwrap();
    let mut found = 0;
    let mut pending = vec![&document];
    while let Some(value) = pending.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            found += 1;
        }
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(fields) => pending.extend(fields.values()),
            _ => {}
        }
    }
    assert!(found > 50, "{found} references were seen");
}
