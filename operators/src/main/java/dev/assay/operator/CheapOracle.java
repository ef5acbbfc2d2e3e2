package dev.assay.operator;

import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// What can be said of an output without computing it: some of its elements in full, and sums over all the others.
///
/// Every element takes part in some sum, so that none can be grossly wrong unseen, and the samples are chosen so that
/// what depends on the position within a tile shows on them. The judge uses it where a whole reference costs too
/// much; what an element or a sum may err by follows from the contract as everywhere.
public interface CheapOracle {

    /// Disjoint parts of the output that are held against the reference element by element.
    List<Region> samples();

    /// The smallest part around an element that [#expect] can answer.
    Region around(long[] coordinates);

    /// Computes the expected values of a sample, or of what [#around] answered.
    ///
    /// @param into reset to the region by the caller
    void expect(Region region, Observed device, ExpectedBlock into);

    /// How many sums [#project] hands over; 0 if there are none.
    default long projections() {
        return 0;
    }

    /// Sums runs of the output with random signs and hands over how far each is from the same sum of the reference.
    /// Runs whose sum is not finite, or should not be, are left out.
    ///
    /// @param actual what the device returned
    default void project(Tensor actual, Projections into) {}

    /// Receives sums over an output, one after the other.
    @FunctionalInterface
    interface Projections {
        /// Takes the sum over a run of elements that follow each other in row-major order.
        ///
        /// @param first row-major number of the first
        /// @param error the device's sum less the reference's
        /// @param rounding variance that the rounding of the outputs gives to it
        /// @param accumulated variance that all other roundings give to it
        /// @param certain bound of what does not average out
        void take(long first, int width, double error, double rounding, double accumulated, double certain);
    }

    /// Recipe of inputs on which the whole output is known exactly at the cost of writing it down, and all elements
    /// differ: there the samples of this operator's cheap oracle are everything. Empty if there is none.
    default Optional<String> coded() {
        return Optional.empty();
    }
}
