package dev.assay.operator.graph;

import dev.assay.tensor.Fill;
import dev.assay.tensor.Philox;
import java.util.Arrays;

/// Graphs whose degrees follow a power law, as those of users, papers and molecules do.
///
/// Of n nodes in random order the i-th has about `(i + 1)^-1.2` as many edges as the first; one node of
/// eight has none.
final class GraphFills {
    private static final double POWER = -1.2;
    private static final int BARREN = 8;

    private GraphFills() {}

    /// The numbers of nodes, one for each edge.
    static Fill nodes(long nodes, boolean sorted) {
        return named("nodes", site -> {
            int edges = Math.toIntExact(site.spec().shape().elements());
            double[] ends = ends(Math.toIntExact(nodes), site.caseKey());
            Philox random = new Philox(site.tensorKey());
            long[] ids = new long[edges];
            Arrays.setAll(ids, e -> node(ends, random.uniform(e, 0)));
            if (sorted) {
                Arrays.sort(ids);
            }
            return index -> ids[(int) index];
        });
    }

    /// Where the edges of each node begin, and the end of the last.
    static Fill offsets(long edges) {
        return named("offsets", site -> {
            int nodes = Math.toIntExact(site.spec().shape().elements()) - 1;
            double[] ends = ends(nodes, site.caseKey());
            return index -> index == 0 ? 0 : Math.rint(ends[(int) index - 1] * (double) edges);
        });
    }

    /// Shares of the edges that belong to nodes up to each, the last 1.
    private static double[] ends(int nodes, long key) {
        Philox random = new Philox(key);
        Integer[] order = new Integer[nodes];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(random.uniform(a, 7), random.uniform(b, 7)));
        double[] ends = new double[nodes];
        for (int rank = 0; rank < nodes; rank++) {
            ends[order[rank]] = nodes >= BARREN && rank % BARREN == BARREN - 1 ? 0 : Math.pow(rank + 1.0, POWER);
        }
        Arrays.parallelPrefix(ends, Double::sum);
        double all = nodes == 0 ? 1 : ends[nodes - 1];
        for (int i = 0; i < nodes; i++) {
            ends[i] = i == nodes - 1 ? 1 : ends[i] / all;
        }
        return ends;
    }

    private static long node(double[] ends, double share) {
        int at = Arrays.binarySearch(ends, share);
        int node = at < 0 ? -at - 1 : at + 1;
        return Math.min(node, ends.length - 1L);
    }

    private interface Binding {
        Fill.Values bind(Fill.Site site);
    }

    private static Fill named(String name, Binding binding) {
        return new Fill() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Values bind(Site site) {
                return binding.bind(site);
            }
        };
    }
}
