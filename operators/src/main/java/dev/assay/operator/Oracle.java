package dev.assay.operator;

import java.util.List;
import java.util.Optional;

/// Knows the right answer to one call, block by block, and how far a device may be from it.
public interface Oracle {

    /// Boxes that cover an output once, each small enough to be computed at a time and shaped so that
    /// this is cheap. Sampled and streamed judging may ask for any other box.
    default Iterable<Region> regions(int output) {
        return Region.rows(shape(output), ExpectedBlock.USUAL_CAPACITY);
    }

    /// Shape of an output, by its position in the signature.
    dev.assay.tensor.Shape shape(int output);

    /// Elements of an output that share a part of their error, such as those of a normalised row: runs of
    /// this many
    /// in row-major order. The statistics of the error count each run as one observation. The default is
    /// the last
    /// dimension.
    default long cluster(int output) {
        dev.assay.tensor.Shape shape = shape(output);
        return shape.rank() == 0 ? 1 : Math.max(1, shape.dim(-1));
    }

    /// What can be said of an output without computing it, where computing all of it costs much more than
    /// reading it;
    /// empty for one that is cheap to compute. May read the inputs once.
    default Optional<CheapOracle> cheap(int output) {
        return Optional.empty();
    }

    /// Equations between outputs and inputs that hold besides what is expected of single elements.
    default List<Relation> relations() {
        return List.of();
    }

    /// Computes the expected values of a box, with the error that the contract allows, or what works that
    /// error out
    /// when it is asked for ([ExpectedBlock#leaveErrors]).
    ///
    /// @param output position in the signature
    /// @param device what the device returned
    /// @param into reset to the region by the caller
    void expect(int output, Region region, Observed device, ExpectedBlock into);
}
