package io.gotthard.contracts;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/**
 * A node of a cluster on the loopback interface, on free ports, that joins the node it is told of and nobody else.
 *
 * @param address where other nodes join
 */
record Node(Vertx vertx, HazelcastInstance hazelcast, String address) implements AutoCloseable {

    /**
     * Starts a node.
     *
     * @param other the address of a node to join, or null to be the first
     */
    static Node start(String other) {
        var manager = new HazelcastClusterManager(config(other));
        var options = new VertxOptions()
                .setEventBusOptions(new EventBusOptions().setHost("127.0.0.1").setPort(0));
        var vertx = Vertx.builder()
                .with(options)
                .withClusterManager(manager)
                .buildClustered()
                .await();
        var hazelcast = manager.getHazelcastInstance();
        var address = hazelcast.getCluster().getLocalMember().getAddress();
        return new Node(vertx, hazelcast, address.getHost() + ":" + address.getPort());
    }

    private static Config config(String other) {
        var config = ConfigUtil.loadConfig()
                .setProperty("hazelcast.logging.type", "slf4j")
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.socket.bind.any", "false")
                .setProperty("hazelcast.wait.seconds.before.join", "0");
        var network = config.getNetworkConfig().setPort(0).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        network.getJoin().getMulticastConfig().setEnabled(false);
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        var members = network.getJoin().getTcpIpConfig().setEnabled(true);
        if (other != null) {
            members.addMember(other);
        }
        return config;
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
