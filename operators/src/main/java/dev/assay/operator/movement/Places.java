package dev.assay.operator.movement;

import dev.assay.tensor.Fill;
import dev.assay.tensor.Philox;
import dev.assay.tensor.Shape;
import java.math.BigInteger;
import java.util.function.Function;

/// Recipes of indices: where a tensor is read or written, half of them counted from the end.
final class Places {
    private Places() {}

    private record Recipe(String name, Function<Fill.Site, Fill.Values> values) implements Fill {
        @Override
        public Values bind(Site site) {
            return values.apply(site);
        }
    }

    /// Tuples of indices, the last dimension of a tensor.
    ///
    /// @param picked sizes of the dimensions that a tuple picks from
    /// @param distinct whether no place comes twice before all have come
    static Fill tuples(Shape picked, boolean distinct) {
        int count = picked.rank();
        return new Recipe(distinct ? "distinct-tuples" : "tuples", site -> {
            Philox random = new Philox(site.tensorKey());
            Spread spread = new Spread(picked.elements(), site.tensorKey());
            return index -> {
                int component = (int) (index % count);
                long size = picked.dim(component);
                long place = distinct
                        ? picked.coordinates(spread.at(0, index / count))[component]
                        : (long) (random.uniform(index, 0) * size);
                return fromEitherEnd(place, size, random, index);
            };
        });
    }

    /// Indices of a dimension of `size` places, none twice on a line along the axis before all have come.
    static Fill lines(Shape indices, int axis, long size) {
        return new Recipe("distinct", site -> {
            Philox random = new Philox(site.tensorKey());
            Spread spread = new Spread(size, site.tensorKey());
            long inner = indices.slice(axis + 1, indices.rank()).elements();
            long length = indices.dim(axis);
            return index -> {
                long line = index / (inner * length) * inner + index % inner;
                return fromEitherEnd(spread.at(line, index / inner % length), size, random, index);
            };
        });
    }

    private static double fromEitherEnd(long place, long size, Philox random, long index) {
        return random.bits(index, 1) < 0 ? place - size : place;
    }

    /// Steps around a circle of places, of a length that has no divisor in common with it.
    private static final class Spread {
        private final long places;
        private final long key;
        private final long step;

        Spread(long places, long key) {
            this.places = Math.max(1, places);
            this.key = key;
            long candidate = Math.floorMod(Philox.mix(key), this.places);
            while (!BigInteger.valueOf(candidate)
                    .gcd(BigInteger.valueOf(this.places))
                    .equals(BigInteger.ONE)) {
                candidate++;
            }
            this.step = candidate;
        }

        long at(long line, long number) {
            long start = Math.floorMod(Philox.mix(key + line), places);
            return Math.floorMod(start + number % places * step, places);
        }
    }
}
