package dev.assay.operator.attention;

import dev.assay.backend.Call;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/// Where the keys and values of sequences lie in a cache of pages.
///
/// Only the entries of the table that a sequence has in use are looked at; the others may be anything.
///
/// @param table of each sequence, the numbers of its pages in order
/// @param keys number of keys of each sequence
/// @param pageSize keys of a page
record Pages(List<List<Long>> table, List<Integer> keys, int pageSize) {

    /// @param blocks pages that the cache has
    static Pages of(Call call, List<Integer> keys, long blocks, long pageSize) {
        Shape shape = call.input("block_table").shape();
        List<Long> entries = call.constants().getOrDefault("block_table", List.of());
        if (shape.rank() != 2 || shape.dim(0) != keys.size() || pageSize < 1) {
            throw new InvalidCallException(
                    "block_table " + shape + " for " + keys.size() + " sequences and pages of " + pageSize,
                    call.operator(),
                    "give it one row to a sequence, and pages of at least one key");
        }
        int columns = Math.toIntExact(shape.dim(1));
        List<List<Long>> table = new ArrayList<>();
        for (int n = 0; n < keys.size(); n++) {
            int used = Math.toIntExact(Math.ceilDiv(keys.get(n), pageSize));
            if (used > columns) {
                throw new InvalidCallException(
                        keys.get(n) + " keys in " + columns + " pages of " + pageSize,
                        call.operator(),
                        "give block_table more columns");
            }
            table.add(entries.subList(n * columns, n * columns + used));
            for (long page : table.get(n)) {
                if (page < 0 || page >= blocks) {
                    throw new InvalidCallException(
                            "page " + page + " of " + blocks,
                            call.operator() + ", block_table, sequence " + n,
                            "give pages that the cache has");
                }
            }
        }
        return new Pages(table, keys, Math.toIntExact(pageSize));
    }

    /// The rows of one head of a sequence in a cache with these steps.
    PagedRows rows(Tensor cache, int sequence, long offset, long blockStride, long rowStride, long columnStride) {
        long[] starts = table.get(sequence).stream()
                .mapToLong(page -> offset + page * blockStride)
                .toArray();
        return new PagedRows(cache, starts, pageSize, rowStride, columnStride);
    }

    /// Whether an element of a cache is in use, by its number.
    ///
    /// @param shape of the cache, pages first
    /// @param axis of the shape along which the keys of a page lie
    LongPredicate inUse(Shape shape, int axis) {
        Map<Long, Integer> used = inUse();
        long ofPage = shape.slice(1, shape.rank()).elements();
        long ofRow = shape.slice(axis + 1, shape.rank()).elements();
        BitSet pages = new BitSet();
        used.keySet().forEach(page -> pages.set(Math.toIntExact(page)));
        return index -> {
            // Few pages of a large cache are in use: the others are quickly told.
            int page = (int) (index / ofPage);
            return pages.get(page) && index / ofRow % pageSize < used.getOrDefault((long) page, 0);
        };
    }

    /// Of every page in use, how many of its first keys are.
    Map<Long, Integer> inUse() {
        Map<Long, Integer> used = new HashMap<>();
        for (int n = 0; n < keys.size(); n++) {
            for (int i = 0; i < table.get(n).size(); i++) {
                used.merge(table.get(n).get(i), Math.min(pageSize, keys.get(n) - i * pageSize), Math::max);
            }
        }
        return used;
    }
}
