package dev.assay.operator;

import dev.assay.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// The oracle of an operator whose outputs have nothing to do with each other: one oracle for each, of
/// one output.
///
/// @param oracles in the order of the signature
public record OutputOracles(List<Oracle> oracles) implements Oracle {
    public OutputOracles {
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
    public Optional<CheapOracle> cheap(int output) {
        return oracles.get(output).cheap(0);
    }

    @Override
    public void expect(int output, Region region, Observed device, ExpectedBlock into) {
        oracles.get(output).expect(0, region, device, into);
    }
}
