/// What every part of Assay shares: the one way to tell a user what went wrong.
@org.jspecify.annotations.NullMarked
package dev.assay;
