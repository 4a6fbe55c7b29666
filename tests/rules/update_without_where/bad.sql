UPDATE orders SET note = 'migrated';
