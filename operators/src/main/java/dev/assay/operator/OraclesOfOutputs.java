package dev.assay.operator;

import dev.assay.tensor.Shape;
import java.util.List;

/// The oracle of a call whose outputs have oracles of their own, each with a single output.
///
/// @param oracles in the order of the signature
public record OraclesOfOutputs(List<Oracle> oracles) implements Oracle {
    public OraclesOfOutputs {
        oracles = List.copyOf(oracles);
    }

    @Override
    public Iterable<Region> regions(int output) {
        return oracles.get(output).regions(0);
    }

    @Override
    public Shape shape(int output) {
        return oracles.get(output).shape(0);
    }

    @Override
    public long cluster(int output) {
        return oracles.get(output).cluster(0);
    }

    @Override
    public void expect(int output, Region region, Observed device, ExpectedBlock into) {
        oracles.get(output).expect(0, region, device, into);
    }
}
