package dev.assay.operator;

import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;

/// An equation between outputs and inputs that says what single elements cannot: a matrix has many
/// factorisations, and every pair of factors whose product is the matrix is one.
///
/// Its left side is put together from what the device returned, such as `Q·R`; its right side is what
/// that should be, here `A`, with the error that the contract allows. The judge compares the two
/// element by element, as it compares outputs with the reference. Where an output's elements may be
/// anything as long as the relations hold, the oracle marks them [ExpectedBlock#ANY].
public interface Relation {

    /// The left side as it is told in a finding: `Q·R`.
    String name();

    /// Shape of both sides.
    Shape shape();

    /// Type of the outputs that the left side is made of.
    DType dtype();

    /// Both sides, for a device that returned these outputs. May read them once.
    Sides sides(Observed device);

    /// Both sides of a relation, element by element. Asked by many threads at a time.
    interface Sides {

        /// An element of the left side, worked out from outputs to more than f64 and rounded once; NaN
        /// where they are
        /// such that there is none.
        ///
        /// @param number in row-major order
        double actual(long number);

        /// Writes the same element of the right side, with what a device's may be off by.
        ///
        /// @param number in row-major order
        /// @param to element of the block
        void expect(long number, ExpectedBlock into, int to);
    }
}
