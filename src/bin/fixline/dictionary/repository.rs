//! Reads one version of the FIX Unified Repository, 2010 Edition: a folder with Fields, Enums,
//! Components, Messages and MsgContents.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fixline::dictionary::{
    ComponentSpec, Datatype, FieldSpec, Member, MessageSpec, Spec, ValueSpec,
};

use super::slips;

/// The parts of one record: Tag, Name, Type, and so on.
pub(super) type Record = BTreeMap<String, String>;

/// The members of each message and component, by ComponentID, in their order.
type Contents = BTreeMap<String, Vec<Content>>;

/// One line of MsgContents.
struct Content {
    position: Position,
    /// How many groups are around it.
    indent: usize,
    /// A tag, or the name of a component.
    text: String,
    required: bool,
}

/// Positions are decimals: what came later stands between 3 and 4 as 3.1, then 3.11.
type Position = (u32, String);

/// Reads the files of a version.
pub(super) fn read(repository: &Path, version: &str) -> Result<Spec, String> {
    let folder = &repository.join(version);
    let lines = records(folder, "MsgContents")?;
    let mut field_records = records(folder, "Fields")?;
    if version == "FIX.4.3" {
        let later = records(&repository.join("FIX.4.4"), "Fields")?;
        slips::complete_fields(&mut field_records, later, &lines);
    }
    let contents = contents(&lines)?;
    let of = |record: &Record| -> Result<Vec<Member>, String> {
        contents.get(part(record, "ComponentID")?).map_or(Ok(Vec::new()), |list| members(list))
    };
    let mut spec = Spec { version: version.to_owned(), ..Spec::default() };
    spec.fields = fields(&field_records, &records(folder, "Enums")?, version)?;
    for record in records(folder, "Components")? {
        match part(&record, "Name")? {
            "StandardHeader" => spec.header = of(&record)?,
            "StandardTrailer" => spec.trailer = of(&record)?,
            name => {
                let members = of(&record)?;
                spec.components.push(ComponentSpec { name: name.to_owned(), members });
            }
        }
    }
    for record in records(folder, "Messages")? {
        let mut members = of(&record)?;
        members.retain(|member| !is_frame(member));
        spec.messages.push(MessageSpec {
            msg_type: part(&record, "MsgType")?.to_owned(),
            name: part(&record, "Name")?.to_owned(),
            admin: is_admin(&record)?,
            members,
        });
    }
    Ok(spec)
}

/// XMLnonFIX is listed with the session messages, but is the business of the application.
fn is_admin(message: &Record) -> Result<bool, String> {
    Ok(part(message, "CategoryID")? == "Session" && part(message, "MsgType")? != "n")
}

/// Whether the member is the header or the trailer, which every message has.
fn is_frame(member: &Member) -> bool {
    matches!(member, Member::Component { name, .. }
        if name == "StandardHeader" || name == "StandardTrailer")
}

fn fields(fields: &[Record], enums: &[Record], version: &str) -> Result<Vec<FieldSpec>, String> {
    let mut values: BTreeMap<&str, Vec<ValueSpec>> = BTreeMap::new();
    for record in enums {
        values.entry(part(record, "Tag")?).or_default().push(ValueSpec {
            value: part(record, "Value")?.to_owned(),
            name: part(record, "SymbolicName")?.to_owned(),
        });
    }
    let mut list = Vec::with_capacity(fields.len());
    for record in fields {
        let tag = part(record, "Tag")?;
        // Some take their values from another field.
        let from = record.get("EnumDatatype").map_or(tag, String::as_str);
        // Others are of another type as well: a quantity. "100 and above" is none.
        let union = record.get("UnionDataType");
        let datatype = match union.and_then(|name| Datatype::from_name(name)) {
            Some(datatype) => datatype,
            None => datatype(part(record, "Type")?, version)?,
        };
        list.push(FieldSpec {
            tag: number(tag)?,
            name: part(record, "Name")?.to_owned(),
            datatype,
            values: values.get(from).cloned().unwrap_or_default(),
            open: union.is_some(),
        });
    }
    list.sort_by_key(|field| field.tag);
    Ok(list)
}

fn datatype(name: &str, version: &str) -> Result<Datatype, String> {
    // In these two, `char` is text of any length.
    if name == "char" && (version == "FIX.4.0" || version == "FIX.4.1") {
        return Ok(Datatype::String);
    }
    Datatype::from_name(name).ok_or_else(|| format!("{version}: `{name}` is no known datatype"))
}

fn contents(records: &[Record]) -> Result<Contents, String> {
    let mut contents = Contents::new();
    for record in records {
        contents.entry(part(record, "ComponentID")?.to_owned()).or_default().push(Content {
            position: position(part(record, "Position")?)?,
            indent: part(record, "Indent")?.parse().map_err(|_| "an Indent is no number")?,
            text: part(record, "TagText")?.to_owned(),
            required: part(record, "Reqd")? == "1",
        });
    }
    for list in contents.values_mut() {
        list.sort_by(|a, b| a.position.cmp(&b.position));
    }
    Ok(contents)
}

fn position(text: &str) -> Result<Position, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Ok((number(whole)?, fraction.to_owned()))
}

/// A member that is followed by more deeply indented ones is the count of a group of them.
fn members(list: &[Content]) -> Result<Vec<Member>, String> {
    let mut members = Vec::new();
    let mut rest = list;
    while let [first, after @ ..] = rest {
        let inside = after.iter().take_while(|content| content.indent > first.indent).count();
        let (group, after) = after.split_at(inside);
        let required = first.required;
        members.push(match first.text.parse() {
            Ok(tag) if group.is_empty() => Member::Field { tag, required },
            Ok(tag) => Member::Group { tag, required, members: self::members(group)? },
            Err(_) if group.is_empty() => Member::Component { name: first.text.clone(), required },
            Err(_) => return Err(format!("`{}` is no field that counts a group", first.text)),
        });
        rest = after;
    }
    Ok(members)
}

/// Every record of a file.
fn records(folder: &Path, name: &str) -> Result<Vec<Record>, String> {
    let path = folder.join(format!("{name}.xml"));
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    let document = roxmltree::Document::parse(&text)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let elements = document.root_element().children().filter(roxmltree::Node::is_element);
    Ok(elements
        .map(|element| {
            element
                .children()
                .filter(roxmltree::Node::is_element)
                .map(|part| {
                    (part.tag_name().name().to_owned(), part.text().unwrap_or("").to_owned())
                })
                .collect()
        })
        .collect())
}

fn part<'r>(record: &'r Record, name: &str) -> Result<&'r str, String> {
    record
        .get(name)
        .map(|text| text.trim())
        .ok_or_else(|| format!("a record has no {name}: {record:?}"))
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}
