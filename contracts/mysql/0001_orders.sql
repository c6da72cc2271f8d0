-- The system of record. Within what MySQL 8 and 9, Aurora MySQL 3 and MariaDB 10.11 share.
CREATE TABLE users (
    user_id         VARCHAR(64)  NOT NULL,
    idempotency_key VARCHAR(64)  NOT NULL,
    request_hash    CHAR(64)     NOT NULL,
    name            VARCHAR(200) NOT NULL,
    email           VARCHAR(254) NOT NULL,
    created_at      DATETIME(6)  NOT NULL,
    PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE products (
    sku           VARCHAR(64)     NOT NULL,
    name          VARCHAR(200)    NOT NULL,
    price_cents   BIGINT UNSIGNED NOT NULL,
    currency      CHAR(3)         NOT NULL,
    initial_stock BIGINT          NOT NULL,
    stock         BIGINT          NOT NULL,
    PRIMARY KEY (sku),
    CONSTRAINT stock_is_never_negative CHECK (stock >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE orders (
    order_id    CHAR(36)        NOT NULL,
    user_id     VARCHAR(64)     NOT NULL,
    status      VARCHAR(16)     NOT NULL,
    reason      VARCHAR(32)     NULL,
    total_cents BIGINT UNSIGNED NOT NULL,
    currency    CHAR(3)         NOT NULL,
    version     INT UNSIGNED    NOT NULL,
    created_at  DATETIME(6)     NOT NULL,
    updated_at  DATETIME(6)     NOT NULL,
    PRIMARY KEY (order_id),
    KEY user_newest_first (user_id, created_at, order_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE order_lines (
    order_id         CHAR(36)        NOT NULL,
    line_number      INT UNSIGNED    NOT NULL,
    sku              VARCHAR(64)     NOT NULL,
    quantity         BIGINT UNSIGNED NOT NULL,
    unit_price_cents BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (order_id, line_number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- quantity is signed: what came into stock is positive, what an order took is negative.
-- The first movement of a product is its initial stock and belongs to no order.
CREATE TABLE stock_movements (
    movement_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    message_id  CHAR(36)        NOT NULL,
    sku         VARCHAR(64)     NOT NULL,
    order_id    CHAR(36)        NULL,
    quantity    BIGINT          NOT NULL,
    created_at  DATETIME(6)     NOT NULL,
    PRIMARY KEY (movement_id),
    UNIQUE KEY one_per_command_and_product (message_id, sku),
    KEY by_product (sku),
    KEY by_order (order_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row per processed command, with its outcome. Rows outlive the longest retention of any queue (14 days).
CREATE TABLE inbox (
    message_id   CHAR(36)    NOT NULL,
    type         VARCHAR(32) NOT NULL,
    user_id      VARCHAR(64) NOT NULL,
    order_id     CHAR(36)    NOT NULL,
    outcome      VARCHAR(16) NOT NULL,
    reason       VARCHAR(32) NULL,
    processed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (message_id),
    KEY by_order (order_id),
    KEY by_age (processed_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE outbox (
    id           BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    event_id     CHAR(36)        NOT NULL,
    order_id     CHAR(36)        NOT NULL,
    version      INT UNSIGNED    NOT NULL,
    body         MEDIUMTEXT      NOT NULL,
    created_at   DATETIME(6)     NOT NULL,
    published_at DATETIME(6)     NULL,
    PRIMARY KEY (id),
    UNIQUE KEY one_per_event (event_id),
    KEY unpublished (published_at, id),
    KEY by_order (order_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
