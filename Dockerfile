# Builds and runs the platform; `docker compose up` starts it with its database.

FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
# Tests run in `mvn verify`, before an image is made.
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -ntp package -pl verticles/platform -am -DskipTests

FROM eclipse-temurin:25-jre
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin gotthard \
    && install -d -o gotthard -g gotthard /data
WORKDIR /app
COPY --from=build /src/verticles/platform/target/lib/ lib/
COPY --from=build /src/verticles/platform/target/platform-*.jar platform.jar
USER gotthard
# Inside a container, "only this machine" would mean "nobody".
ENV GOTTHARD_HOST=0.0.0.0 GOTTHARD_PORT=8080 GOTTHARD_DATA=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${GOTTHARD_PORT} && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
# The heap takes half of what the container may have, for Netty's buffers live beside it; a JVM that has run out of memory
# ends, so that it is started again, rather than answering half of its requests.
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", \
    "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-XX:MaxRAMPercentage=50", "-XX:+ExitOnOutOfMemoryError", "-jar", "platform.jar"]
