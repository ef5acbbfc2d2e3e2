package dev.assay.engine.judge;

import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;

/// What a reference expects of an output that depends on no other output, rounded to f64.
public final class ReferenceValues {
    private ReferenceValues() {}

    /// Values of the first output, in row-major order.
    public static double[] of(Oracle oracle) {
        double[] values = new double[Math.toIntExact(oracle.shape(0).elements())];
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(0)) {
            block.reset(region);
            oracle.expect(
                    0,
                    region,
                    position -> {
                        throw new IllegalStateException("no output is looked at");
                    },
                    block);
            for (int i = 0; i < block.elements(); i++) {
                values[(int) region.number(oracle.shape(0), i)] = block.values()[i];
            }
        }
        return values;
    }
}
