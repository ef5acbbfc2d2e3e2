/// What people and their tools see of runs: a matrix, a page in Markdown, JUnit's XML, a diff of two tables.
///
/// Start at [Matrix]. Text that came from a backend never becomes markup here.
@org.jspecify.annotations.NullMarked
package dev.assay.results.report;
