# Part of the start of Kafka in a container (docker-compose.secure.yml): creates its certificate once, and closes its listeners.
key_store=/etc/kafka/secrets/broker.p12
certificate="-alias broker -storetype PKCS12 -keystore $key_store -storepass:file /run/ftgo/kafka-key-store"
[ -e $key_store ] || keytool -genkeypair $certificate -keyalg EC -groupname secp256r1 -dname CN=kafka -validity 3650 \
  -ext san=dns:kafka,dns:localhost,ip:127.0.0.1
keytool -exportcert -rfc $certificate -file /mnt/shared/config/ca.pem
cat /run/ftgo/secured.properties - >>/tmp/kafka.properties <<'SETTINGS'
listeners=SASL_SSL://:9092,HOST://:19092,CONTROLLER://:9093
advertised.listeners=SASL_SSL://kafka:9092,HOST://127.0.0.1:19092
SETTINGS
