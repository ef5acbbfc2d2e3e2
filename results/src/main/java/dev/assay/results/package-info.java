/// What happened: rows, tables, the journal of a run, its folder.
///
/// Start at [CaseRow] and [RunFolder]. Knows no operator and no backend: they are words in rows here.
@org.jspecify.annotations.NullMarked
package dev.assay.results;
