package dev.assay.engine.diagnosis;

import java.util.Locale;

/// Kinds of wrong.
public enum Cause {
    /// Memory outside the outputs was written.
    OUTSIDE_WRITES,
    /// An input was changed.
    INPUTS_CHANGED,
    /// Some elements, or all, were never written.
    UNWRITTEN,
    /// What was in memory before the run shows in the result.
    READS_GARBAGE,
    /// Terms of a sum are left out.
    TERMS_MISSING,
    /// Terms of a sum are counted twice, or terms that are none are counted.
    TERMS_REPEATED,
    /// Right values stand in wrong places, or values are read from wrong places.
    MISPLACED,
    /// The operands are read as if they were dense.
    STRIDES_IGNORED,
    /// Elements are left out that should be seen, or seen where they should be left out: keys of a
    /// query, tokens of a choice.
    MASK,
    /// Query heads are served by the wrong key and value heads.
    HEAD_MAPPING,
    /// A factor is wrong or missing.
    SCALE,
    /// Something is added.
    OFFSET,
    /// Epsilon has another value or another place.
    EPSILON,
    /// The variance is formed in another way: other divisor, or a formula that cancels.
    VARIANCE_FORMULA,
    /// An operand is left out or counted twice.
    OPERAND_IGNORED,
    /// An attribute is read with another value, or not at all.
    ATTRIBUTE,
    /// The result is that of another operator of the same signature.
    OTHER_OPERATOR,
    /// A sign is lost or is the wrong one.
    SIGN,
    /// A count, a number of a place, or a limit is one too large or too small.
    OFF_BY_ONE,
    /// Partial results of a softmax are put together with a wrong weight.
    NOT_RESCALED,
    /// A row that sees nothing is not what it should be.
    EMPTY_ROW,
    /// Operands are rounded to fewer bits before they are multiplied.
    NARROW_INPUTS,
    /// Sums are kept in fewer bits.
    NARROW_ACCUMULATOR,
    /// Partial sums are stored in fewer bits.
    NARROW_PARTIALS,
    /// Something between (scores, probabilities, statistics, a normalised value) is stored in fewer bits.
    NARROW_INTERMEDIATE,
    /// Values are cut off where they should be rounded to nearest.
    TRUNCATION,
    /// Values are rounded twice, or ties go the wrong way.
    DOUBLE_ROUNDING,
    /// Vectors that should be orthonormal are not.
    ORTHOGONALITY,
    /// A function is approximated more roughly than promised.
    ROUGH_FUNCTION,
    /// Subnormal numbers count as zero.
    FLUSHED_SUBNORMALS,
    /// Something between overflows or saturates.
    OVERFLOW,
    /// NaN or infinities appear, vanish or spread.
    SPECIAL_VALUES,
    /// Equal inputs give different outputs.
    NONDETERMINISTIC,
    /// A slice's result depends on how many there are or where it is.
    BATCH_DEPENDENT,
    /// A few scattered elements are wrong, without a pattern.
    SPORADIC,
    /// None of these explains it.
    UNKNOWN;

    /// As in rows: `narrow-inputs`.
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
