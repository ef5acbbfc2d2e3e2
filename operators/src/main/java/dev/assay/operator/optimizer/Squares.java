package dev.assay.operator.optimizer;

import dev.assay.tensor.Fill;

/// Squares of the values of another recipe: averages of squared gradients are never negative.
record Squares(Fill of) implements Fill {
    @Override
    public String name() {
        return of.name();
    }

    @Override
    public Values bind(Site site) {
        Values values = of.bind(site);
        return index -> values.at(index) * values.at(index);
    }
}
