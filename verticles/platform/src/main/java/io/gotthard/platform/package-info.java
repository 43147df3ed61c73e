/**
 * The platform: {@link io.gotthard.platform.Main} starts {@link io.gotthard.platform.Gotthard}, which reads the
 * {@link io.gotthard.platform.Configuration}, brings up the database and deploys the verticles in order.
 */
package io.gotthard.platform;
